"""The event files of ``gatecast train --tensorboard`` are what TensorBoard reads."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import wave
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def program() -> Path:
    """The program that ``make test-python`` has built."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug" / "gatecast"


def train(program: Path, folder: Path, *flags: str) -> dict:
    """Trains on a file with a wave, and gives back what ``--json`` prints."""
    values = "\n".join(f"{value:.4f}" for value in wave(160))
    (folder / "wave.csv").write_text(f"y\n{values}\n")
    command = [program, "train", "wave.csv", "--tensorboard", "logs", "--json", "--quiet", *flags]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def read(folder: Path) -> EventMultiplexer:
    everything = {"scalars": 0, "tensors": 0, "images": 0}
    return EventMultiplexer(size_guidance=everything).AddRunsFromDirectory(str(folder / "logs")).Reload()


def test_scalars_are_the_history(program: Path, tmp_path: Path) -> None:
    result = train(program, tmp_path, "--preset", "plain", "--epochs", "5", "--validation", "0.1")
    events = read(tmp_path)
    scalars = events.GetAccumulator("network").Tags()["scalars"]
    assert set(scalars) == {"loss", "val_loss", "mae", "val_mae", "learning_rate", "gradient_norm"}
    for name in scalars:
        found = events.GetAccumulator("network").Scalars(name)
        assert [event.step for event in found] == [1, 2, 3, 4, 5]
        # Event files hold numbers of 32 bits.
        history = [float(np.float32(epoch[name])) for epoch in result["history"]]
        assert [event.value for event in found] == history, name
        times = [event.wall_time for event in found]
        assert times == sorted(times)


def test_texts_and_pictures_are_there(program: Path, tmp_path: Path) -> None:
    result = train(program, tmp_path, "--preset", "plain", "--epochs", "2")
    events = read(tmp_path)
    texts = {
        name: events.GetAccumulator(".").Tensors(name)[0].tensor_proto.string_val[0].decode()
        for name in ("settings", "verdict", "report")
    }
    assert 'preset = "plain"' in texts["settings"]
    assert texts["verdict"] == result["verdict"]["text"]
    assert "## When not to use it" in texts["report"]
    # TensorBoard shows as texts what is said to be of its plugin for them.
    assert set(texts) <= set(events.GetAccumulator(".").PluginTagToContent("text"))
    for name in events.GetAccumulator(".").Tags()["images"]:
        (image,) = events.GetAccumulator(".").Images(name)
        png = image.encoded_image_string
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">II", png[16:24]) == (image.width, image.height)
    assert {"loss", "forecast"} <= set(events.GetAccumulator(".").Tags()["images"])


def test_each_network_is_a_run(program: Path, tmp_path: Path) -> None:
    train(program, tmp_path, "--epochs", "2", "--members", "2", "--validation-folds", "2")
    assert {"fold-1/member-1", "fold-2/member-2", "member-1", "member-2"} <= set(read(tmp_path).Runs())
