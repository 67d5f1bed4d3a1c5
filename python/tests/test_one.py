"""A forecaster of one series, and what it learns."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL, wave

import gatecast
from gatecast import Fitted, Forecaster, SettingError


def test_a_fit_forecasts_scores_and_judges(series):
    fitted = Forecaster(method="theta", season=7, horizon=3).fit(series)
    assert isinstance(fitted, Fitted)
    made = fitted.forecast()
    assert made.times == ["2024-03-31", "2024-04-01", "2024-04-02"]
    assert list(made.to_frame().columns) == [
        "ds",
        "forecast",
        *(f"forecast-{end}-{level}" for level in (80, 95) for end in ("lo", "hi")),
    ]
    assert [time for time, _ in made] == made.times and len(made) == 3
    assert fitted.scores["mae"] < fitted.scores["naive_mae"]
    assert not fitted.verdict and "No evidence of skill" in str(fitted.verdict)
    assert 0.05 < fitted.verdict.p_value < 1
    assert "last value" in fitted.report() and "Theta" in fitted.summary()
    tested = fitted.test_predictions()
    assert {"cutoff", "y", "forecast", "last_value"} <= set(tested.columns)
    assert np.abs(tested["y"] - tested["forecast"]).mean() == pytest.approx(fitted.scores["mae"])


def test_a_network_is_trained_and_its_history_told(series):
    fitted = Forecaster(target="y", horizon=2, seed=3, **SMALL).fit(series)
    assert [epoch["epoch"] for epoch in fitted.history] == [1, 2]
    assert fitted.facts["spec"]["train"]["seed"] == 3
    again = Forecaster(target="y", horizon=2, seed=3, threads=1, **SMALL).fit(series)
    assert again.to_bytes() == fitted.to_bytes()
    assert again.forecast().values == fitted.forecast().values


def test_models_travel(series, tmp_path):
    fitted = Forecaster(method="ets", season=7, horizon=2).fit(series)
    want = fitted.forecast().values
    fitted.save(tmp_path / "model.safetensors")
    for other in (pickle.loads(pickle.dumps(fitted)), gatecast.load(tmp_path / "model.safetensors")):
        assert other.forecast(series).values == want
        with pytest.raises(ValueError, match="give it one"):
            other.forecast()
    (tmp_path / "broken").write_bytes(fitted.to_bytes()[:100])
    with pytest.raises(gatecast.ModelError):
        gatecast.load(tmp_path / "broken")
    with pytest.raises(FileNotFoundError, match="check the path"):
        gatecast.load(tmp_path / "none")


def test_files_are_read_as_on_the_command_line(data):
    file = data / "0050" / "0050.csv"
    if not file.exists():
        file = next((data / "0050").glob("*.csv"))
    fitted = Forecaster(method="last-value").fit(file)
    assert fitted.facts["spec"]["data"]["target"] == "close"
    assert gatecast.inspect(file).facts["rows"] > 100


def test_folds_are_judged_together(series):
    tested = Forecaster(method="theta", season=7).backtest(series, folds=3, refit="once")
    assert len(tested.folds) == 3
    assert not tested.verdict.has_skill
    assert "All folds" in repr(tested)
    made = tested.predictions()
    assert np.abs(made["y"] - made["forecast"]).mean() == pytest.approx(tested.scores["mae"])
    with pytest.raises(ValueError, match="refit"):
        Forecaster().backtest(series, refit="sometimes")


def test_nothing_leaks(series):
    assert Forecaster(method="theta", season=7).check_leaks(series) == []


def test_settings_are_arguments():
    forecaster = Forecaster("article", epochs=3, timezone="UTC")
    assert forecaster.get_params() == {"preset": "article", "verbose": None, "timezone": "UTC", "epochs": 3}
    other = forecaster.clone().set_params(epochs=4)
    assert (forecaster.settings["epochs"], other.settings["epochs"]) == (3, 4)
    assert repr(other) == "Forecaster(preset='article', timezone='UTC', epochs=4)"
    names = {setting.name for setting in gatecast.settings()}
    assert {"horizon", "clip_norm", "validation_folds"} <= names


@pytest.mark.parametrize(
    ("arguments", "setting", "said"),
    [
        ({"windw": 3}, "windw", 'did you mean "window"'),
        ({"epochs": -1}, "epochs", "whole number"),
        ({"epochs": "many"}, "epochs", "whole number"),
        ({"hidden": 2.5}, "hidden", "list of whole numbers"),
        ({"method": "theta", "epochs": 2}, "epochs", "`method`"),
        ({"clip_norm": 0.0}, "clip_norm", "`clip_norm` is 0"),
    ],
)
def test_wrong_settings_are_named(series, arguments, setting, said):
    with pytest.raises(SettingError) as caught:
        Forecaster(**arguments).fit(series)
    assert caught.value.setting == setting
    assert said in str(caught.value)


def test_errors_keep_what_they_know_when_they_travel(series):
    with pytest.raises(SettingError) as caught:
        Forecaster(epochs=0).fit(series)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.setting) == (SettingError, str(caught.value), "epochs")


def test_objects_show_themselves(series):
    fitted = Forecaster(method="theta", season=7, horizon=3).fit(series)
    for shown in (fitted, fitted.forecast()):
        text = shown._repr_html_()
        assert "<svg" in text and "</svg>" in text
    assert "evidence" in fitted.verdict._repr_html_()
    assert "Nothing is wrong" in gatecast.inspect(series)._repr_html_()
    # A plot must not name a column as markup.
    odd = series.rename(columns={"y": "<b>y</b>"})
    assert "<b>" not in Forecaster(method="drift", target="<b>y</b>").fit(odd)._repr_html_()


def test_the_same_model_as_on_the_command_line(data, tmp_path):
    """The bytes of a model do not depend on who asked for it."""
    frame = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=80), "close": wave(80)})
    path = tmp_path / "prices.csv"
    frame.to_csv(path, index=False)
    of_file = Forecaster(horizon=2, **SMALL).fit(path)
    of_frame = Forecaster(horizon=2, **SMALL).fit(frame)
    described = [json.loads(json.dumps(fitted.facts)) for fitted in (of_file, of_frame)]
    for facts in described:
        del facts["fit_seconds"], facts["training"]["series"], facts["series_scores"][0]["name"]
    assert described[0] == described[1]
    assert of_file.forecast().values == of_frame.forecast().values
