"""The examples of docs/own.md, as they stand there."""

import re
import shlex
import sys
import warnings
from pathlib import Path

import pytest
import torch

from qinr_lightning.data import to_signed_unit
from qinr_lightning.runs import read_history

PAGE = (Path(__file__).parents[1] / "docs" / "own.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
FILES = {body.split("\n")[0].removeprefix("# "): body for language, body in BLOCKS if language != "bash"}
COMMANDS = [line for language, body in BLOCKS if language == "bash" for line in body.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_example(line, command, tmp_path, monkeypatch):
    for name, body in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # What says which file this is is no part of it: Hydra wants its own comment first.
        path.write_text(body.partition("\n")[2])
    monkeypatch.syspath_prepend(tmp_path)
    python, option, module, *arguments = shlex.split(line)
    assert (python, option, module) == ("python", "-m", "qinr_lightning.train")
    command(*arguments, "trainer.fast_dev_run=true")
    for name in FILES:
        sys.modules.pop(Path(name).stem, None)


def test_every_kind_has_an_example():
    kinds = ("readout", "circuit", "noise model", "decoder", "data set", "KL schedule", "callback")
    assert [heading for heading in re.findall(r"^## Add an? (.*)$", PAGE, flags=re.MULTILINE)] == list(kinds)
    assert len(COMMANDS) == len(kinds) + 1


def test_training_without_hydra(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {}
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What Lightning says of workers and of the GPU that is not there.
        exec(FILES["my_script.py"], names)
    assert names["model"](to_signed_unit(names["images"].train_subset.images)).shape == (40, 1, 28, 28)


def test_what_a_callback_logs_is_in_the_history(command, tmp_path, monkeypatch):
    for name in ("my_callbacks.py", "my_conf/callbacks/sizes.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name].partition("\n")[2])
    monkeypatch.syspath_prepend(tmp_path)
    small = ["model=ae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "trainer.max_epochs=1"]
    command("--config-dir", "my_conf", "callbacks=sizes", *small, "hydra.run.dir=run")
    assert read_history(tmp_path / "run/metrics.csv")[0]["parameters/largest"] > 0
    sys.modules.pop("my_callbacks")


@pytest.mark.parametrize(
    ("kind", "body", "typed", "message"),
    [
        (
            "decoder",
            "# @package _global_\ndecoder:\n  _target_: torch.nn.Linear\n  in_features: 8\n  out_features: 9\n",
            ["decoder=mine", "model=ae", "model.lr_quantum=null"],
            "decoder=Linear: must derive from qinr_lightning.networks.Decoder",
        ),
        (
            "dataset",
            "_target_: lightning.pytorch.LightningDataModule\nimage_shape: [1, 28, 28]\n",
            ["dataset=mine", "model=ae"],
            "must be a ClassSubsetDataModule; see docs/own.md for your own",
        ),
    ],
)
def test_what_is_of_another_kind_is_refused_in_a_line(kind, body, typed, message, command, tmp_path, capsys):
    path = tmp_path / f"mine/{kind}/mine.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(body)
    with pytest.raises(SystemExit, match="2"):
        command("--config-dir", "mine", *typed)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
