"""The train command as a user types it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from qinr_lightning.data import ClassSubsetDataModule, Digits
from qinr_lightning.evaluation import evaluate
from qinr_lightning.runs import load_model, read_history, read_json

SMALL = ["model.encoder.channels=[4,8]", "dataset.samples_per_class=40"]
DOUBLE = [*SMALL, "model=ae", "trainer.precision=64-true", "trainer.max_epochs=1"]
PICTURES = {"losses.png", "reconstructions.png", "samples.png"}


def metrics_of(folder: Path) -> dict[str, float]:
    return read_json(folder / "metrics.json")


def same_numbers(first: Path, second: Path) -> bool:
    """Whether two runs have the same metrics, times aside."""
    a, b = ({k: v for k, v in metrics_of(folder).items() if not k.startswith("time/")} for folder in (first, second))
    return a == b


@pytest.fixture(scope="module")
def finished(train_in, tmp_path_factory):
    """Folders of two epochs with each model, ``ae`` and ``vae``; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    for model in ("ae", "vae"):
        train_in(folder, *SMALL, f"model={model}", "trainer.max_epochs=2", f"hydra.run.dir={model}")
    return folder


@pytest.fixture(scope="module")
def double(train_in, tmp_path_factory):
    """Folder of an epoch in double precision; not to be changed."""
    folder = tmp_path_factory.mktemp("double")
    train_in(folder, *DOUBLE, "hydra.run.dir=run")
    return folder / "run"


def test_typed_command_fills_the_run_folder(tmp_path):
    arguments = ["trainer.max_epochs=2", "hydra.run.dir=run", "seed=3", "dataset.label=7"]
    done = subprocess.run(
        [sys.executable, "-m", "qinr_lightning.train", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    run = tmp_path / "run"
    assert {path.name for path in run.iterdir()} == PICTURES | {
        ".hydra", "checkpoints", "examples.npz", "metrics.csv", "metrics.json", "run.json", "status.json", "train.log"
    }  # fmt: skip
    for name in PICTURES:
        Image.open(run / name).verify()

    assert "\x1b" not in done.stdout
    for line in ("QINRVAE", "epoch 2/2  loss/total", "PSNR (dB)", "cosine similarity", "written to"):
        assert line in done.stdout
    assert re.search(r"all .* 876,518 .* 120 ", done.stdout)
    assert done.stderr == ""

    metrics = metrics_of(run)
    assert metrics["parameters/quantum"] == 120
    assert metrics["dataset/label"] == 7
    assert metrics["seed"] == 3
    assert metrics["epochs"] == 2
    assert metrics["time/fit_seconds"] > 0
    assert all(isinstance(value, int | float) for value in metrics.values())
    assert len(read_history(run / "metrics.csv")) == 2
    assert json.loads((run / "run.json").read_text())["versions"]["torch"] == torch.__version__.split("+")[0]

    datamodule = ClassSubsetDataModule(Digits(), label=7, seed=3)
    datamodule.setup()
    reloaded = evaluate(load_model(run), datamodule)
    # Not to the last bit, as another process has measured: libraries may choose their code by what they find there.
    assert reloaded == pytest.approx({key: metrics[key] for key in reloaded}, rel=1e-5)


@pytest.mark.parametrize("model", ["ae", "vae"])
def test_same_command_same_numbers(finished, command, tmp_path, model):
    command(*SMALL, f"model={model}", "trainer.max_epochs=2", "hydra.run.dir=again")
    assert same_numbers(finished / model, tmp_path / "again")
    assert (finished / model / "metrics.csv").read_text() == (tmp_path / "again/metrics.csv").read_text()
    assert (tmp_path / "again/samples.png").exists() == (model == "vae")


def test_another_seed_other_numbers(finished, command, tmp_path):
    command(*SMALL, "model=vae", "trainer.max_epochs=2", "seed=1", "hydra.run.dir=seed1")
    assert not same_numbers(finished / "vae", tmp_path / "seed1")


def test_backends_train_to_the_same_numbers(double, command, tmp_path):
    command(*DOUBLE, "backend=pennylane", "hydra.run.dir=pennylane")
    first, second = metrics_of(double), metrics_of(tmp_path / "pennylane")
    # In double precision, in which training has not had the time to make anything of differences in rounding.
    assert first["loss/total"] == pytest.approx(second["loss/total"], rel=1e-6)
    assert first["train/psnr"] == pytest.approx(second["train/psnr"], rel=1e-6)


def test_resumed_run_equals_uninterrupted_run(finished, command, tmp_path):
    command(*SMALL, "trainer.max_epochs=1", "hydra.run.dir=half")
    command("resume=half", "trainer.max_epochs=2")
    assert same_numbers(finished / "vae", tmp_path / "half")
    assert read_history(finished / "vae/metrics.csv") == read_history(tmp_path / "half/metrics.csv")


@pytest.mark.slow
def test_resumed_average_equals_an_uninterrupted_one(command, tmp_path):
    settings = [*SMALL, "averaging=ema", "optimizer=adamw"]
    command(*settings, "trainer.max_epochs=2", "hydra.run.dir=whole")
    command(*settings, "trainer.max_epochs=1", "hydra.run.dir=half")
    # Typing the settings again, as earlier versions wanted it, changes nothing.
    command(*settings, "trainer.max_epochs=2", "hydra.run.dir=half", "resume=half")
    assert same_numbers(tmp_path / "whole", tmp_path / "half")
    assert read_history(tmp_path / "whole/metrics.csv") == read_history(tmp_path / "half/metrics.csv")


def test_sweep_over_classes(command, tmp_path):
    command("-m", *SMALL, "model=ae", "dataset.label=0,1,2", "trainer.max_epochs=1", "hydra.sweep.dir=sweep")
    for label in range(3):
        assert metrics_of(tmp_path / f"sweep/{label}")["dataset/label"] == label
        assert (tmp_path / f"sweep/{label}/checkpoints/last.ckpt").exists()


def test_all_classes_in_one_model(command, tmp_path):
    command(SMALL[0], "dataset.label=all", "dataset.samples_per_class=3", "trainer.max_epochs=1", "hydra.run.dir=run")
    assert metrics_of(tmp_path / "run")["train/n"] == 30
    assert metrics_of(tmp_path / "run")["dataset/label"] == -1


def test_fast_dev_run_writes_no_results(command, tmp_path):
    command("trainer.fast_dev_run=true", "hydra.run.dir=run")
    assert not (tmp_path / "run/metrics.json").exists()


def test_other_precisions(double, finished, command, tmp_path):
    command(*SMALL, "model=ae", "trainer.precision=bf16-mixed", "trainer.max_epochs=2", "hydra.run.dir=run")
    for folder, dtype in ((double, torch.float64), (tmp_path / "run", torch.float32)):
        saved = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        assert saved["decoder.circuit.rotations"].dtype is dtype
    losses = [
        [row["loss/total"] for row in read_history(folder / "metrics.csv")]
        for folder in (finished / "ae", double, tmp_path / "run")
    ]
    # Single precision, double and half: the first epoch, of two steps, agrees to what the coarsest of them can tell.
    assert losses[1][0] == pytest.approx(losses[0][0], rel=1e-3)
    assert losses[2][0] == pytest.approx(losses[0][0], rel=2e-2)
    assert losses[2] != losses[0]
    assert load_model(double).dtype is torch.float64


def test_tensorboard_gets_the_scalars(command, tmp_path):
    command(*SMALL, "model=ae", "logger=tensorboard", "trainer.max_epochs=1", "hydra.run.dir=run")
    assert list((tmp_path / "run/tensorboard").glob("events.out.tfevents.*"))
    assert (tmp_path / "run/metrics.csv").exists()


@pytest.mark.slow
def test_two_processes_fill_one_run_folder_with_the_numbers_of_one(command, tmp_path):
    # In double precision, see tests/models/test_several_processes.py.
    settings = ["trainer.precision=64-true", "trainer.max_epochs=2"]
    command(*settings, "hydra.run.dir=one")
    arguments = ["trainer=ddp", "trainer.accelerator=cpu", *settings, "hydra.run.dir=two"]
    subprocess.run([sys.executable, "-m", "qinr_lightning.train", *arguments], cwd=tmp_path, check=True, timeout=600)
    alone, together = (read_history(tmp_path / name / "metrics.csv") for name in ("one", "two"))
    for first, second in zip(alone, together, strict=True):
        assert first == pytest.approx(second, rel=1e-5)
    one, two = (metrics_of(tmp_path / name) for name in ("one", "two"))
    assert two["train/psnr"] == pytest.approx(one["train/psnr"], rel=1e-5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
