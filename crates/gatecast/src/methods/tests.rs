//! The methods with given parameters against statsforecast, digit by digit; what they fit by themselves is compared on
//! panels in `tests/methods.rs`. `tests/golden/make_methods_golden.py` made the numbers.

use serde::Deserialize;

use super::{ces, decompose, ets, theta};

/// What the script writes.
#[derive(Deserialize)]
pub(super) struct Golden {
    pub(super) values: Vec<f64>,
    additive: Vec<f64>,
    multiplicative: Vec<f64>,
    pub(super) ets: Vec<ets::tests::Case>,
    pub(super) theta: Vec<theta::tests::Case>,
    pub(super) ces: Vec<ces::tests::Case>,
}

pub(super) fn golden() -> Golden {
    let text = include_str!("../../../../tests/golden/methods.json");
    serde_json::from_str(text).expect("what the script writes")
}

/// Fails where numbers differ by more than this share of their size.
pub(super) fn assert_close(got: &[f64], want: &[f64], share: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (got, want) in got.iter().zip(want) {
        let off = (got - want).abs() / want.abs().max(1.0);
        assert!(off <= share, "{what}: {got} {want}");
    }
}

#[test]
fn a_decomposition_is_that_of_statsmodels() {
    let golden = golden();
    for (season, want) in [
        (decompose::Season::Additive, &golden.additive),
        (decompose::Season::Multiplicative, &golden.multiplicative),
    ] {
        let got = decompose::indices(&golden.values, 4, season).unwrap();
        assert_close(&got, want, 1e-12, "season");
    }
}
