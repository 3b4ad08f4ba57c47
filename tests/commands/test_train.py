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
from qinr_lightning.runs import load_model, read_history

PICTURES = {"losses.png", "reconstructions.png", "samples.png"}


def metrics_of(folder: Path) -> dict[str, float]:
    return json.loads((folder / "metrics.json").read_text())


def same_numbers(first: Path, second: Path) -> bool:
    """Whether two runs have the same metrics, times aside."""
    a, b = ({k: v for k, v in metrics_of(folder).items() if not k.startswith("time/")} for folder in (first, second))
    return a == b


def test_typed_command_fills_the_run_folder(tmp_path):
    arguments = ["trainer.max_epochs=2", "hydra.run.dir=run", "seed=3", "dataset.label=7"]
    done = subprocess.run(
        [sys.executable, "-m", "qinr_lightning.train", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
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
    assert reloaded == {key: metrics[key] for key in reloaded}


@pytest.mark.parametrize("model", ["ae", "vae"])
def test_same_command_same_numbers(command, tmp_path, model):
    for name in ("first", "second"):
        command(f"model={model}", "trainer.max_epochs=2", f"hydra.run.dir={name}")
    assert same_numbers(tmp_path / "first", tmp_path / "second")
    assert (tmp_path / "first/metrics.csv").read_text() == (tmp_path / "second/metrics.csv").read_text()
    assert (tmp_path / "first/samples.png").exists() == (model == "vae")


def test_another_seed_other_numbers(command, tmp_path):
    for seed in (0, 1):
        command("trainer.max_epochs=1", f"seed={seed}", f"hydra.run.dir=seed{seed}")
    assert not same_numbers(tmp_path / "seed0", tmp_path / "seed1")


def test_backends_train_to_the_same_numbers(command, tmp_path):
    for backend in ("statevector", "pennylane"):
        command(
            "trainer.max_epochs=1", "dataset.samples_per_class=40", f"backend={backend}", f"hydra.run.dir={backend}"
        )
    first, second = metrics_of(tmp_path / "statevector"), metrics_of(tmp_path / "pennylane")
    assert first["loss/total"] == pytest.approx(second["loss/total"], rel=1e-4)


@pytest.mark.parametrize("settings", [[], ["averaging=ema", "optimizer=adamw"]])
def test_resumed_run_equals_uninterrupted_run(settings, command, tmp_path):
    settings = [*settings, "model.encoder.channels=[4,8]"]
    command(*settings, "trainer.max_epochs=4", "hydra.run.dir=whole")
    command(*settings, "trainer.max_epochs=2", "hydra.run.dir=half")
    command(*settings, "trainer.max_epochs=4", "hydra.run.dir=half", "resume=half")
    assert same_numbers(tmp_path / "whole", tmp_path / "half")
    assert read_history(tmp_path / "whole/metrics.csv") == read_history(tmp_path / "half/metrics.csv")


def test_sweep_over_classes(command, tmp_path):
    command("-m", "dataset.label=0,1,2", "trainer.max_epochs=1", "hydra.sweep.dir=sweep")
    for label in range(3):
        assert metrics_of(tmp_path / f"sweep/{label}")["dataset/label"] == label
        assert (tmp_path / f"sweep/{label}/checkpoints/last.ckpt").exists()


def test_all_classes_in_one_model(command, tmp_path):
    command("dataset.label=all", "dataset.samples_per_class=3", "trainer.max_epochs=1", "hydra.run.dir=run")
    assert metrics_of(tmp_path / "run")["train/n"] == 30
    assert metrics_of(tmp_path / "run")["dataset/label"] == -1


def test_fast_dev_run_writes_no_results(command, tmp_path):
    command("trainer.fast_dev_run=true", "hydra.run.dir=run")
    assert not (tmp_path / "run/metrics.json").exists()


@pytest.mark.parametrize("precision", ["64-true", "bf16-mixed"])
def test_other_precisions(command, tmp_path, precision):
    command(f"trainer.precision={precision}", "trainer.max_epochs=1", "hydra.run.dir=run")
    assert 300 < metrics_of(tmp_path / "run")["loss/total"] < 600


def test_tensorboard_gets_the_scalars(command, tmp_path):
    command("logger=tensorboard", "trainer.max_epochs=1", "hydra.run.dir=run")
    assert list((tmp_path / "run/tensorboard").glob("events.out.tfevents.*"))
    assert (tmp_path / "run/metrics.csv").exists()


@pytest.mark.slow
def test_two_processes_fill_one_run_folder_with_the_numbers_of_one(command, tmp_path):
    command("trainer.max_epochs=2", "hydra.run.dir=one")
    arguments = ["trainer=ddp", "trainer.accelerator=cpu", "trainer.max_epochs=2", "hydra.run.dir=two"]
    subprocess.run([sys.executable, "-m", "qinr_lightning.train", *arguments], cwd=tmp_path, check=True, timeout=300)
    alone, together = (read_history(tmp_path / name / "metrics.csv") for name in ("one", "two"))
    for first, second in zip(alone, together, strict=True):
        assert first == pytest.approx(second, rel=1e-3)
    assert metrics_of(tmp_path / "two")["train/psnr"] == pytest.approx(
        metrics_of(tmp_path / "one")["train/psnr"], abs=0.02
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
