"""Many series in Nixtla's form."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL

import gatecast
from gatecast import DataError, Gatecast, SettingError


@pytest.mark.parametrize("model", ["global", "each"])
def test_fit_and_predict(panel, model):
    forecaster = Gatecast(h=4, model=model, season=7, **SMALL)
    made = forecaster.fit(panel).predict(level=[80, 95])
    assert list(made.columns) == [
        "unique_id",
        "ds",
        "Gatecast",
        *(f"Gatecast-{end}-{level}" for level in (80, 95) for end in ("lo", "hi")),
    ]
    assert made["unique_id"].tolist() == ["b"] * 4 + ["a"] * 4 + ["c"] * 4
    assert made["ds"].tolist()[:2] == [pd.Timestamp("2024-03-21"), pd.Timestamp("2024-03-22")]
    assert (made["Gatecast-lo-95"] <= made["Gatecast-lo-80"]).all()
    assert forecaster.predict(h=2)["unique_id"].tolist() == ["b"] * 2 + ["a"] * 2 + ["c"] * 2
    again = pickle.loads(pickle.dumps(forecaster))
    pd.testing.assert_frame_equal(again.predict(df=panel, level=[80, 95]), made)


def test_columns_may_have_other_names(panel):
    want = Gatecast(h=2, method="theta", season=7).fit(panel).predict()
    other = panel.rename(columns={"unique_id": "shop", "ds": "when", "y": "sold"})
    named = Gatecast(h=2, method="theta", season=7, id_col="shop", time_col="when", target_col="sold", alias="Theta")
    made = named.fit(other).predict()
    assert list(made.columns) == ["shop", "when", "Theta"]
    assert made["Theta"].tolist() == want["Gatecast"].tolist()
    # The target is found where there is but one column of numbers.
    assert Gatecast(h=2, method="theta", season=7, id_col="shop").fit(other).predict()["Gatecast"].tolist() == (
        want["Gatecast"].tolist()
    )
    with pytest.raises(DataError, match="no column 'store'") as caught:
        Gatecast(h=2, id_col="store").fit(other)
    assert caught.value.column == "store"


def test_a_target_that_is_not_there_is_no_other_column(panel):
    both = panel.assign(sales=panel["y"] * 100)
    with pytest.raises(DataError, match='no column "sale"') as caught:
        Gatecast(h=2, method="drift", target_col="sale").fit(both)
    assert caught.value.help == 'did you mean "sales"?'


def test_a_frame_without_names_is_one_series(panel):
    one = panel[panel["unique_id"] == "a"].drop(columns="unique_id")
    made = Gatecast(h=2, method="theta", season=7).fit(one).predict()
    assert list(made.columns) == ["ds", "Gatecast"]
    beside = Gatecast(h=2, method="theta", season=7, model="each").fit(panel).predict()
    assert made["Gatecast"].tolist() == beside.loc[beside["unique_id"] == "a", "Gatecast"].tolist()


def test_a_season_is_found(panel):
    found = Gatecast(h=2, method="theta").fit(panel).predict()
    given = Gatecast(h=2, method="theta", season=7).fit(panel).predict()
    pd.testing.assert_frame_equal(found, given)


@pytest.mark.parametrize("model", ["global", "each"])
def test_cross_validation_forecasts_from_the_past(panel, model):
    forecaster = Gatecast(h=3, method="drift", season=1, model=model)
    made = forecaster.cross_validation(panel, n_windows=3, step_size=2, level=[80])
    assert list(made.columns)[:5] == ["unique_id", "ds", "cutoff", "y", "Gatecast"]
    assert len(made) == 3 * 3 * 3
    first = made[made["unique_id"] == "b"]
    assert sorted(set(first["cutoff"])) == [
        pd.Timestamp("2024-03-13"),
        pd.Timestamp("2024-03-15"),
        pd.Timestamp("2024-03-17"),
    ]
    assert (first["ds"] > first["cutoff"]).all()
    # The truth is that of the frame, and each forecast what a fit to the rows before the cutoff gives.
    truth = panel.set_index(["unique_id", "ds"])["y"]
    assert made["y"].tolist() == [truth[name, day] for name, day in zip(made["unique_id"], made["ds"], strict=True)]
    for cutoff, rows in first.groupby("cutoff"):
        past = panel[panel["ds"] <= cutoff]
        by_hand = Gatecast(h=3, method="drift", season=1).fit(past).predict()
        assert rows["Gatecast"].tolist() == by_hand.loc[by_hand["unique_id"] == "b", "Gatecast"].tolist()


def test_a_network_is_fitted_once_or_at_every_cutoff(panel):
    forecaster = Gatecast(h=3, season=1, **SMALL)
    every = forecaster.cross_validation(panel, n_windows=2, refit=True)
    once = forecaster.cross_validation(panel, n_windows=2, refit=False)
    first = every["cutoff"] == every.groupby("unique_id")["cutoff"].transform("min")
    assert every.loc[first, "Gatecast"].tolist() == once.loc[first, "Gatecast"].tolist()
    assert every.loc[~first, "Gatecast"].tolist() != once.loc[~first, "Gatecast"].tolist()


def test_short_series_are_forecast_too(panel):
    short = pd.DataFrame({"unique_id": "short", "ds": panel["ds"][:3].tolist(), "y": [1.0, 2.0, 3.0]})
    both = pd.concat([panel, short])
    for model in ("global", "each"):
        forecaster = Gatecast(h=2, model=model, season=1, **SMALL).fit(both)
        made = forecaster.predict()
        assert made["unique_id"].nunique() == 4 and made["Gatecast"].notna().all()
    assert list(forecaster.without_network_) == ["short"]
    # With or without a name.
    alone = Gatecast(h=2, season=1, **SMALL).fit(short.drop(columns="unique_id"))
    assert alone.predict()["Gatecast"].notna().all() and len(alone.without_network_) == 1
    # Nothing is known of their errors, and so they have no bands.
    made = Gatecast(h=2, season=1).fit(both[both["unique_id"] == "short"]).predict(level=[80])
    assert made["Gatecast"].notna().all() and made["Gatecast-lo-80"].isna().all()
    with pytest.warns(UserWarning, match=r"short: its 3 rows are too few for any cutoff"):
        Gatecast(h=2, method="drift", season=1).cross_validation(both)
    for model in ("global", "each"):
        with pytest.raises(DataError, match="few"):
            Gatecast(h=2, method="drift", season=1, strict=True, model=model).cross_validation(both)


def test_what_is_known_ahead_is_used():
    rows = 120
    promotion = (np.arange(rows + 2) % 5 == 0).astype(float)
    frames = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2024-01-01", periods=rows),
                "y": level + 10 * promotion[:rows],
                "promotion": promotion[:rows] > 0,
            }
        )
        for name, level in [("a", 50.0), ("b", 80.0)]
    ]
    panel = pd.concat(frames)
    model = Gatecast(h=2, preset="plain", future=["promotion"], window=5, model="each", hidden=[8], lr=0.01, epochs=60)
    model.fit(panel)
    later = pd.concat(
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2024-04-30", periods=2),
                "promotion": [True, False],
            }
        )
        for name in ("b", "a")
    )
    made = model.predict(X_df=later)
    values = made.groupby("unique_id")["Gatecast"].apply(list)
    assert values["a"][0] > values["a"][1] + 3, values
    with pytest.warns(UserWarning, match="not known for"):
        assert len(model.predict()) == 0
    late = later.assign(ds=later["ds"] + pd.Timedelta(days=3))
    with pytest.warns(UserWarning, match="begin at 2024-05-03, and the next row would be 2024-04-30"):
        model.predict(X_df=late)
    wrong = later.rename(columns={"promotion": "y"})
    with pytest.raises(DataError, match='no column "promotion"'):
        model.predict(X_df=wrong)
    with pytest.raises(SettingError, match="future"):
        Gatecast(h=2, method="drift").fit(panel).predict(X_df=later)


def test_models_are_saved_and_read(panel, tmp_path):
    for model in ("global", "each"):
        forecaster = Gatecast(h=2, method="theta", season=7, model=model).fit(panel)
        forecaster.save(tmp_path / model)
        again = Gatecast.load(tmp_path / model)
        pd.testing.assert_frame_equal(again.predict(df=panel), forecaster.predict())
    with pytest.raises(ValueError, match="give it a frame"):
        again.predict()
    assert again.model == "each"
    assert gatecast.load(tmp_path / "global").facts["spec"]["data"]["horizon"] == 2


def test_scores_of_the_test_part(panel):
    assert Gatecast(h=7, method="drift", season=1).fit(panel).scores_["panel_scores"] is None
    model = Gatecast(h=7, method="seasonal-naive", season=7, test="horizon").fit(panel)
    scores = model.scores_["panel_scores"]
    assert scores["scored"] == 3
    tested = model.test_predictions()
    each = (tested["y"] - tested["Gatecast"]).abs().groupby(tested["unique_id"]).mean()
    assert each.mean() == pytest.approx(scores["model"]["mae"])


def test_arguments_can_be_asked_for_and_changed(panel):
    model = Gatecast(h=2, method="drift", season=1)
    assert model.get_params()["method"] == "drift"
    other = model.clone().set_params(h=3)
    assert len(other.fit(panel).predict()) == 9 and model.h == 2
    with pytest.raises(RuntimeError, match="fit first"):
        other.clone().predict()
    for arguments in ({"horizon": 3}, {"model": "one"}, {"h": -1}, {"h": 2.5}, {"hh": 3}):
        with pytest.raises(SettingError):
            Gatecast(**arguments)
    other.fit(panel)
    for call in (
        lambda: other.predict(level=[100]),
        lambda: other.predict(level=[97.5]),
        lambda: other.predict(h=0),
        lambda: other.cross_validation(panel, n_windows=-1),
        lambda: other.cross_validation(panel, step_size=0),
    ):
        with pytest.raises(SettingError):
            call()
    assert other.predict(level=80).shape == (9, 5)


def test_constant_and_empty_frames(panel):
    constant = panel.assign(y=5.0)
    made = Gatecast(h=2, season=1, **SMALL).fit(constant).predict()
    assert made["Gatecast"].tolist() == pytest.approx([5.0] * 6)
    with pytest.raises(DataError):
        Gatecast(h=2).fit(panel[:0])


def test_values_beyond_all_bounds_are_no_panic(panel):
    huge = panel.assign(y=panel["y"] * 1e160)
    model = Gatecast(h=2, model="each", method="theta", season=1, test=0.2).fit(huge)
    assert len(model.predict()) == 6


def test_a_process_that_was_forked_can_fit(panel):
    import multiprocessing

    Gatecast(h=2, season=1, **SMALL).fit(panel)
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        made = pool.apply_async(fit_and_forecast, (panel,)).get(timeout=60)
    assert made == fit_and_forecast(panel)


def fit_and_forecast(panel):
    return Gatecast(h=2, season=1, **SMALL).fit(panel).predict()["Gatecast"].tolist()
