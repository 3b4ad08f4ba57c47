"""What dashboards get, read back from their files."""

import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from qinr_lightning.runs import read_history, read_json

BLOCK, HEADER = 32768, 7

SCALARS = {
    "loss/total", "loss/reconstruction", "loss/kl", "kl/capacity", "kl/above_capacity",
    "grad_norm/classical", "grad_norm/quantum", "lr/classical", "lr/quantum",
}  # fmt: skip
HISTOGRAMS = {"circuit/rotations", "circuit/scales"}
IMAGES = {"reconstructions/train", "reconstructions/test", "samples/prior"}
RUN = [
    "kl=capacity", "dataset.label=3", "dataset.samples_per_class=40", "trainer.max_epochs=2",
    "model.encoder.channels=[4,8]",
]  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def records(run_folder: Path) -> list[Any]:
    """What an offline run has recorded, as W&B's own messages, once its record of the end is there.

    A process of W&B's own writes the file, behind the run's back.
    """
    deadline = time.monotonic() + 300
    while not of_kind(found := records_so_far(run_folder), "exit"):
        assert time.monotonic() < deadline, f"no record of the end among {len(found)}"
        time.sleep(0.1)
    return found


def records_so_far(run_folder: Path) -> list[Any]:
    """The records that have been written as a whole.

    The file is a LevelDB log: blocks of 32 KiB, in them pieces of records behind a header of checksum, length and kind
    (whole, first, middle, last).
    """
    from wandb.proto.wandb_internal_pb2 import Record

    (file,) = (run_folder / "wandb").glob("offline-run-*/*.wandb")
    data = file.read_bytes()
    assert b":W&B".startswith(data[:4])
    found, pieces, position = [], b"", HEADER
    while position + HEADER <= len(data):
        if BLOCK - position % BLOCK < HEADER:
            position += BLOCK - position % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", data, position)
        if position + HEADER + length > len(data):
            break
        pieces += data[position + HEADER : position + HEADER + length]
        position += HEADER + length
        if kind in (1, 4):
            found.append(Record.FromString(pieces))
            pieces = b""
    return found


def of_kind(found: list[Any], kind: str) -> list[Any]:
    return [getattr(record, kind) for record in found if record.WhichOneof("record_type") == kind]


def items(updates: Any) -> dict[str, Any]:
    """Values by their names; a part of a nested value has a path of names."""
    values: dict[str, Any] = {}
    for item in updates:
        *outer, last = item.nested_key or [item.key]
        place = values
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = json.loads(item.value_json)
    return values


@pytest.fixture
def no_key(monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setattr("wandb.api", type("Api", (), {"api_key": None}))


@pytest.mark.slow
def test_offline_wandb_run_and_tensorboard_hold_everything(command, tmp_path, no_key):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    command("-m", *RUN, "logger=[wandb,tensorboard]", "hydra.sweep.dir=sweep")
    folder = tmp_path / "sweep/0"
    metrics = read_json(folder / "metrics.json")
    history = read_history(folder / "metrics.csv")

    found = records(folder)
    run = of_kind(found, "run")[0]
    assert (run.display_name, run.run_group, run.project) == ("digits-3-vae", "sweep", "qinr_lightning")
    config = {}
    for update in [run.config, *of_kind(found, "config")]:
        config |= items(update.update)
    assert config["model"]["lr_classical"] == 2e-3
    assert config["dataset"]["label"] == 3
    assert config["model"]["encoder"]["channels"] == [4, 8]
    assert any(metric.glob_name == "*" and metric.step_metric == "epoch" for metric in of_kind(found, "metric"))

    rows = [items(row.item) for row in of_kind(found, "history")]
    scalars = [row for row in rows if "loss/total" in row]
    assert [row["epoch"] for row in scalars] == [1, 2]
    for row, expected in zip(scalars, history, strict=True):
        assert {name: row[name] for name in SCALARS} == pytest.approx({name: expected[name] for name in SCALARS})
        # To single precision of the two, as little may be left of them.
        assert row["kl/above_capacity"] == pytest.approx(row["loss/kl"] - row["kl/capacity"], abs=1e-5)
    for name, kind in [(name, "histogram") for name in HISTOGRAMS] + [(name, "image-file") for name in IMAGES]:
        shown = [(row["epoch"], row[name]["_type"]) for row in rows if name in row]
        assert shown == [(1, kind), (2, kind)], name
    (run_folder,) = (folder / "wandb").glob("offline-run-*")
    for name in IMAGES:
        first, last = (imread(run_folder / "files" / row[name]["path"]) for row in rows if name in row)
        assert first.shape[1] == 10 * 29 + 1
        assert 0 < first[5:25, 5:25].mean() < 1, "neither black nor white"
        assert (first != last).any()
    (results,) = [row["results"] for row in rows if "results" in row]
    table = json.loads((run_folder / "files" / results["path"]).read_text())
    row = dict(zip(table["columns"], table["data"][0], strict=True))
    assert {"dataset": "digits", "label": "3", "model": "QINRVAE"} | metrics == pytest.approx(row)
    summary = {}
    for update in of_kind(found, "summary"):
        summary |= items(update.update)
    assert summary["test/psnr"] == pytest.approx(metrics["test/psnr"])
    assert [record.exit_code for record in of_kind(found, "exit")] == [0]

    events = EventAccumulator(str(folder / "tensorboard"), {"histograms": 0, "images": 0})
    events.Reload()
    for name in SCALARS:
        shown = {event.step: event.value for event in events.Scalars(name)}
        assert shown == pytest.approx({row["epoch"]: row[name] for row in history}), name
    assert events.Scalars("test/psnr")[0].value == pytest.approx(metrics["test/psnr"])
    for name in HISTOGRAMS:
        assert [event.step for event in events.Histograms(name)] == [1, 2]
    for name in IMAGES:
        assert [event.step for event in events.Images(name)] == [1, 2]

    command(*RUN, "hydra.run.dir=alone")
    assert read_history(tmp_path / "alone/metrics.csv") == history


def test_failed_run_is_finished_with_its_exit_code(command, tmp_path, no_key, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("qinr_lightning.training.evaluate", broken)
    with pytest.raises(SystemExit):
        command(*RUN, "logger=wandb", "hydra.run.dir=run")
    assert [record.exit_code for record in of_kind(records(tmp_path / "run"), "exit")] == [1]


def test_server_that_does_not_answer(command, tmp_path, monkeypatch, capsys):
    import wandb

    started = wandb.init

    def unreachable(**options):
        if options.get("mode") != "offline":
            raise wandb.errors.CommError("the server does not answer")
        return started(**options)

    monkeypatch.setattr("wandb.api", type("Api", (), {"api_key": "secret"}))
    monkeypatch.setattr("wandb.init", unreachable)
    command(*RUN, "logger=wandb", "hydra.run.dir=run")
    assert "W&B: the server does not answer" in capsys.readouterr().out
    assert len(of_kind(records(tmp_path / "run"), "history")) > 1


def test_without_the_library(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    command(*RUN, "logger=wandb", "hydra.run.dir=run")
    assert "this run is recorded without it" in capsys.readouterr().out
    assert (tmp_path / "run/metrics.json").exists()


def test_tensorboard_that_is_not_installed_is_named_before_training(refused, monkeypatch):
    monkeypatch.setattr("qinr_lightning.loggers.tensorboard.find_spec", lambda name: None)
    said = refused("logger=tensorboard", "model=ae")
    assert said == "error: logger=tensorboard: needs pip install qinr-lightning[tensorboard]\n"
