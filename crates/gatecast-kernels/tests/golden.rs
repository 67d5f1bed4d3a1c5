//! Kernels against PyTorch and Keras in float64; `tests/golden/make_golden.py` made the numbers.

use std::collections::HashMap;
use std::path::Path;

use gatecast_kernels::gru::GruCell;
use gatecast_kernels::lstm::LstmCell;
use gatecast_kernels::optim::{AdamStep, Clip, adam, rmsprop, sgd};
use gatecast_kernels::recurrent::{
    Cache, Cell, Dims, Gradients, Initial, OutputGradient, backward, forward, pack, packed_len,
};
use gatecast_kernels::rnn::RnnCell;
use gatecast_kernels::testing::assert_close;
use gatecast_kernels::{Activation, dense};
use serde::Deserialize;

/// Relative to the largest number of each tensor.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// `B×T×F` as `T×B×F`.
    fn time_major(&self) -> Vec<f32> {
        let [batch, steps, features] = self.shape[..] else {
            return self.data.clone();
        };
        let mut out = Vec::with_capacity(self.data.len());
        for t in 0..steps {
            for b in 0..batch {
                out.extend_from_slice(&self.data[(b * steps + t) * features..][..features]);
            }
        }
        out
    }
}

fn golden<T: for<'a> Deserialize<'a>>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

#[derive(Deserialize)]
struct Cells {
    cases: Vec<CellCase>,
}

#[derive(Deserialize)]
struct CellCase {
    name: String,
    cell: String,
    batch: usize,
    steps: usize,
    features: usize,
    units: usize,
    activation: Activation,
    recurrent_activation: Option<Activation>,
    return_sequences: bool,
    weights: HashMap<String, Tensor>,
    x: Tensor,
    h0: Option<Tensor>,
    c0: Option<Tensor>,
    dy: Tensor,
    y: Tensor,
    dx: Tensor,
    dweights: HashMap<String, Tensor>,
    dh0: Option<Tensor>,
    dc0: Option<Tensor>,
}

impl CellCase {
    fn check<C: Cell>(&self, cell: C) {
        let (inputs, units) = (self.features, self.units);
        let dims = Dims {
            steps: self.steps,
            batch: self.batch,
            inputs,
            units,
        };
        let weight = |name: &str| self.weights[name].data.as_slice();
        let b_hh = self.weights.get("bias_hh").map(|t| t.data.as_slice());
        let mut packed = vec![0.0; packed_len::<C>(inputs, units)];
        let (w_ih, w_hh) = (weight("weight_ih"), weight("weight_hh"));
        pack::<C>(
            &mut packed,
            inputs,
            units,
            w_ih,
            w_hh,
            weight("bias_ih"),
            b_hh,
        );

        // Memory full of NaN: whatever is read before it is written shows.
        let [gates, saved, masked, scratch] =
            Cache::lens::<C>(dims, false).map(|len| vec![f32::NAN; len]);
        let (mut gates, mut saved, mut masked, mut scratch) = (gates, saved, masked, scratch);
        let mut cache = Cache {
            gates: &mut gates,
            saved: &mut saved,
            masked: &mut masked,
            scratch: &mut scratch,
        };
        let row = self.batch * units;
        let initial = self.h0.as_ref().map(|h0| Initial {
            h: &h0.data,
            c: self.c0.as_ref().map_or(&[], |c0| &c0.data),
        });
        let x = self.x.time_major();
        let mut h = vec![f32::NAN; self.steps * row];
        forward(cell, dims, &packed, initial, None, &x, &mut h, &mut cache);
        let y = if self.return_sequences {
            &h[..]
        } else {
            &h[h.len() - row..]
        };
        self.compare("y", y, &self.y.time_major());

        let dy = self.dy.time_major();
        let dy = if self.return_sequences {
            OutputGradient::Sequence(&dy)
        } else {
            OutputGradient::Last(&dy)
        };
        // Gradients overwrite whatever is there.
        let mut grads: HashMap<&str, Vec<f32>> = self
            .weights
            .iter()
            .map(|(name, t)| (name.as_str(), vec![f32::NAN; t.data.len()]))
            .collect();
        let mut take = |name| grads.remove(name);
        let (mut dw_ih, mut dw_hh) = (take("weight_ih").unwrap(), take("weight_hh").unwrap());
        let (mut db_ih, mut db_hh) = (take("bias_ih").unwrap(), take("bias_hh"));
        let mut dx = vec![f32::NAN; x.len()];
        let mut gradients = Gradients {
            w_ih: &mut dw_ih,
            w_hh: &mut dw_hh,
            b_ih: &mut db_ih,
            b_hh: db_hh.as_deref_mut(),
        };
        backward(
            cell,
            dims,
            &packed,
            initial,
            None,
            &x,
            &h,
            dy,
            &mut cache,
            &mut gradients,
            Some(&mut dx),
        );
        self.compare("dx", &dx, &self.dx.time_major());
        let found = [
            ("weight_ih", Some(dw_ih)),
            ("weight_hh", Some(dw_hh)),
            ("bias_ih", Some(db_ih)),
            ("bias_hh", db_hh),
        ];
        for (name, found) in found {
            if let Some(found) = found {
                self.compare(name, &found, &self.dweights[name].data);
            }
        }
        for (name, want, at) in [("dh0", &self.dh0, 0), ("dc0", &self.dc0, row)] {
            if let Some(want) = want {
                self.compare(name, &scratch[at..at + row], &want.data);
            }
        }
    }

    fn compare(&self, what: &str, got: &[f32], want: &[f32]) {
        assert_close(got, want, TOLERANCE, &format!("{}: {what}", self.name));
    }
}

#[test]
fn cells() {
    let cases = golden::<Cells>("cells.json").cases;
    assert!(cases.len() >= 18);
    for case in &cases {
        let activation = case.activation;
        let recurrent_activation = case.recurrent_activation.unwrap_or_default();
        match case.cell.as_str() {
            "lstm" => case.check(LstmCell {
                activation,
                recurrent_activation,
            }),
            "gru" => case.check(GruCell {
                activation,
                recurrent_activation,
            }),
            _ => case.check(RnnCell { activation }),
        }
    }
}

#[derive(Deserialize)]
struct Layers {
    dense: Vec<DenseCase>,
    activations: Vec<ActivationCase>,
}

#[derive(Deserialize)]
struct DenseCase {
    activation: Activation,
    batch: usize,
    features: usize,
    units: usize,
    weights: HashMap<String, Tensor>,
    x: Tensor,
    dy: Tensor,
    y: Tensor,
    dx: Tensor,
    dweights: HashMap<String, Tensor>,
}

#[derive(Deserialize)]
struct ActivationCase {
    name: Activation,
    x: Vec<f32>,
    y: Vec<f32>,
    dy_dx: Vec<f32>,
}

#[test]
fn dense_layers() {
    for case in golden::<Layers>("layers.json").dense {
        let name = case.activation.name();
        let dims = dense::Dims {
            rows: case.batch,
            inputs: case.features,
            units: case.units,
        };
        let (weight, bias) = (&case.weights["weight"].data, &case.weights["bias"].data);
        let mut packed = vec![0.0; dense::packed_len(case.features, case.units)];
        dense::pack(&mut packed, weight, case.features, case.units);
        let mut y = vec![f32::NAN; case.y.data.len()];
        dense::forward(dims, case.activation, &packed, bias, &case.x.data, &mut y);
        assert_close(&y, &case.y.data, TOLERANCE, name);

        let mut dy = case.dy.data.clone();
        let (mut dweight, mut dbias) = (vec![f32::NAN; weight.len()], vec![f32::NAN; bias.len()]);
        let mut dx = vec![f32::NAN; case.x.data.len()];
        let activation = case.activation;
        dense::backward(
            dims,
            activation,
            weight,
            &case.x.data,
            &y,
            &mut dy,
            &mut dweight,
            &mut dbias,
            Some(&mut dx),
        );
        assert_close(&dx, &case.dx.data, TOLERANCE, name);
        assert_close(&dweight, &case.dweights["weight"].data, TOLERANCE, name);
        assert_close(&dbias, &case.dweights["bias"].data, TOLERANCE, name);
    }
}

#[test]
fn activations() {
    let cases = golden::<Layers>("layers.json").activations;
    assert_eq!(cases.len(), Activation::ALL.len());
    for case in cases {
        let mut y = case.x.clone();
        case.name.apply(&mut y);
        assert_close(&y, &case.y, TOLERANCE, case.name.name());
        let mut slope = vec![1.0; y.len()];
        case.name.backward(&mut slope, &y);
        assert_close(&slope, &case.dy_dx, TOLERANCE, case.name.name());
    }
}

#[derive(Deserialize)]
struct Optimizers {
    cases: Vec<OptimizerCase>,
}

#[derive(Deserialize)]
struct OptimizerCase {
    name: String,
    settings: HashMap<String, serde_json::Value>,
    start: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    weights: Vec<Vec<f32>>,
}

#[test]
fn optimizers() {
    for case in golden::<Optimizers>("optimizers.json").cases {
        let number = |name: &str| case.settings.get(name).and_then(serde_json::Value::as_f64);
        let rate = number("learning_rate").unwrap();
        let mut w = case.start.clone();
        let (mut m, mut v) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        for (step, (g, want)) in case.gradients.iter().zip(&case.weights).enumerate() {
            let norm = g.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
            let clip = Clip {
                scale: number("global_clipnorm").map_or(1.0, |most| (most / norm).min(1.0) as f32),
                limit: number("clipvalue").map_or(f32::INFINITY, |limit| limit as f32),
            };
            if case.name.starts_with("sgd") {
                let momentum = number("momentum").unwrap_or(0.0) as f32;
                sgd(&mut w, g, &mut v, clip, rate as f32, momentum);
            } else if case.name == "rmsprop" {
                let (rho, epsilon) = (
                    number("rho").unwrap() as f32,
                    number("epsilon").unwrap() as f32,
                );
                rmsprop(&mut w, g, &mut v, clip, rate as f32, rho, epsilon);
            } else {
                let (beta_1, beta_2) = (number("beta_1").unwrap(), number("beta_2").unwrap());
                let t = step as i32 + 1;
                let unbias = (1.0 - beta_2.powi(t)).sqrt() / (1.0 - beta_1.powi(t));
                let step = AdamStep {
                    rate: (rate * unbias) as f32,
                    beta_1: beta_1 as f32,
                    beta_2: beta_2 as f32,
                    epsilon: number("epsilon").unwrap() as f32,
                    keep: (1.0 - rate * number("weight_decay").unwrap_or(0.0)) as f32,
                };
                adam(&mut w, g, &mut m, &mut v, clip, step);
            }
            assert_close(
                &w,
                want,
                TOLERANCE,
                &format!("{} after step {}", case.name, step + 1),
            );
        }
    }
}
