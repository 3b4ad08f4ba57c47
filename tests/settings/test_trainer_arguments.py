"""Every argument of Lightning's Trainer does what it says, or is refused in one line that says why."""

import inspect
import re
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer

from qinr_lightning.settings.trainer import FIXED, TAKEN, check_together

TABLE = Path(__file__).parents[2] / "docs/trainer.md"
SMALL = ["model=ae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "hydra.run.dir=run"]
EPOCH = [*SMALL, "trainer.max_epochs=1"]


def test_every_argument_is_taken_or_refused():
    assert set(inspect.signature(Trainer).parameters) == set(FIXED) | set(TAKEN)
    assert not set(FIXED) & set(TAKEN)


def test_the_table_says_what_the_code_does():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", TABLE.read_text(), flags=re.MULTILINE)
    assert [name for name, _ in rows] == list(inspect.signature(Trainer).parameters)
    assert {name for name, text in rows if text.startswith("refused: ")} == set(FIXED)


@pytest.mark.parametrize("name", FIXED)
def test_what_stays_is_refused_with_its_reason(name, command, capsys, tmp_path):
    with pytest.raises(SystemExit) as left:
        command(f"trainer.{name}=7")
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert re.fullmatch(rf"error: trainer\.{name}=7: must be (null|true|false|\S+): .+\n", error)
    assert FIXED[name][1] in error
    assert not list(tmp_path.iterdir())


@pytest.fixture
def trained(command, monkeypatch, capsys):
    """Runs the train command and gives its trainer and what it printed."""
    trainers = []
    fit = Trainer.fit

    def recorded(self, *arguments, **options):
        trainers.append(self)
        fit(self, *arguments, **options)

    monkeypatch.setattr(Trainer, "fit", recorded)

    def run(*arguments):
        command(*arguments)
        return trainers[-1], capsys.readouterr().out

    return run


TWO_BATCHES = 2
"""Of 32 and 8 images."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        ("accelerator=cpu", lambda trainer, _: trainer.strategy.root_device.type == "cpu"),
        ("strategy=auto", lambda trainer, _: trainer.world_size == 1),
        ("devices=auto", lambda trainer, _: trainer.num_devices == 1),
        ("precision=64-true", lambda trainer, _: trainer.precision == "64-true"),
        ("precision=64", lambda trainer, _: trainer.precision == "64-true"),
        ("precision=bf16-mixed", lambda trainer, _: trainer.precision == "bf16-mixed"),
        ("fast_dev_run=true", lambda trainer, _: trainer.global_step == 1),
        ("fast_dev_run=2", lambda trainer, _: trainer.global_step == 2),
        ("max_epochs=3", lambda trainer, _: trainer.global_step == 3 * TWO_BATCHES),
        ("min_epochs=1", lambda trainer, _: trainer.min_epochs == 1),
        ("max_steps=2", lambda trainer, _: trainer.global_step == 2),
        ("min_steps=1", lambda trainer, _: trainer.min_steps == 1),
        ("max_time=00:00:10:00", lambda trainer, _: trainer.global_step == TWO_BATCHES),
        ("max_time={minutes:10}", lambda trainer, _: trainer.global_step == TWO_BATCHES),
        ("limit_train_batches=1", lambda trainer, _: trainer.global_step == 1),
        ("limit_train_batches=0.5", lambda trainer, _: trainer.global_step == 1),
        ("enable_progress_bar=false", lambda _, printed: "epoch 1" not in printed),
        ("enable_model_summary=true", lambda _, printed: "Trainable params" in printed),
        ("accumulate_grad_batches=2", lambda trainer, _: trainer.global_step == 1),
        ("gradient_clip_val=0", lambda trainer, _: trainer.gradient_clip_val == 0),
        ("gradient_clip_val=null", lambda trainer, _: trainer.gradient_clip_val is None),
        ("gradient_clip_algorithm=value", lambda trainer, _: trainer.gradient_clip_algorithm == "value"),
        ("deterministic=true", lambda trainer, _: trainer.global_step == TWO_BATCHES),
        ("deterministic=warn", lambda trainer, _: trainer.global_step == TWO_BATCHES),
        ("benchmark=true deterministic=false", lambda trainer, _: trainer.global_step == TWO_BATCHES),
        ("detect_anomaly=true", lambda trainer, _: trainer._detect_anomaly),
    ],
)
def test_what_is_taken_works(typed, holds, trained, tmp_path):
    try:
        arguments = [f"trainer.{item}" for item in typed.split()]
        trainer, printed = trained(*(SMALL if typed.startswith("max_epochs") else EPOCH), *arguments)
    finally:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.benchmark = False
    assert holds(trainer, printed)
    if "fast_dev_run" not in typed:
        assert (tmp_path / "run/metrics.json").exists()
        assert (tmp_path / "run/checkpoints/last.ckpt").exists()


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        ({"max_epochs": 0}, "trainer.max_epochs=0: must be at least 1"),
        ({"max_epochs": -1}, "trainer.max_epochs=-1: must be positive where neither max_steps nor max_time"),
        ({"max_epochs": 3, "max_steps": 0}, "trainer.max_steps=0: must be at least 1"),
        ({"max_epochs": 3, "min_epochs": 4}, "trainer.min_epochs=4: must be at most trainer.max_epochs=3"),
        ({"max_epochs": 3, "max_time": "00:00:00:00"}, "trainer.max_time=00:00:00:00: must be more than no time"),
        ({"max_epochs": 3, "gradient_clip_algorithm": "value"}, "trainer.gradient_clip_algorithm=value: must be norm"),
        (
            {"max_epochs": 3, "benchmark": True, "deterministic": "warn"},
            "trainer.benchmark=true: goes with",
        ),
        ({"max_epochs": 3, "default_root_dir": "x"}, "trainer.default_root_dir=x: must be the run folder"),
        ({"max_epochs": 3, "accelerator": "cpu", "devices": 10_000}, "trainer.devices=10000: must be at most"),
        ({"max_epochs": 3, "accelerator": "cpu", "devices": -1}, "trainer.devices=-1: must be a number of processes"),
        ({"max_epochs": 3, "accelerator": "cpu", "devices": [0]}, r"trainer.devices=[0]: must be a number of"),
        ({"max_epochs": 3, "accelerator": "cpu", "precision": "16-mixed"}, "trainer.precision=16-mixed: needs a GPU"),
    ],
)
def test_what_does_not_go_together(arguments, refused):
    (mistake,) = check_together(arguments, "run")
    assert str(mistake).startswith(refused)


@pytest.mark.parametrize(
    "arguments", [{"max_epochs": -1, "max_steps": 5}, {"max_epochs": -1, "max_time": "00:00:01:00"}, {"max_epochs": 3}]
)
def test_what_goes_together(arguments):
    assert not list(check_together(arguments, "run"))
