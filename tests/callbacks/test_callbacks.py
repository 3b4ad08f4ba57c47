import io
import json
import signal
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from torch import nn

from qinr_lightning.callbacks import CheckpointOnSignal, CPUThreads, EpochLines, LastCheckpoint, progress
from qinr_lightning.callbacks.progress import parameter_table
from qinr_lightning.data import ClassSubsetDataModule, Digits
from qinr_lightning.evaluation import evaluate
from qinr_lightning.quantum import ReuploadingCircuit
from qinr_lightning.runs import load_model

SMALL = ["model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=1"]


@pytest.fixture(scope="module")
def run(train_in, tmp_path_factory):
    """Folder of a finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("callbacks")
    train_in(folder, *SMALL, "hydra.run.dir=run")
    return folder / "run"


def test_parameter_table_counts_both_kinds():
    model = nn.ModuleDict({"encoder": nn.Linear(30, 50), "circuit": ReuploadingCircuit()})
    text = io.StringIO()
    Console(file=text, width=100).print(parameter_table(model))
    lines = [line.split() for line in text.getvalue().splitlines()]
    assert ["│", "encoder", "│", "Linear", "│", "1,550", "│", "0", "│"] in lines
    assert ["│", "circuit", "│", "ReuploadingCircuit", "│", "0", "│", "120", "│"] in lines
    assert ["│", "all", "│", "│", "1,550", "│", "120", "│"] in lines


def test_plain_lines_where_the_output_is_no_terminal(monkeypatch):
    assert isinstance(progress(), EpochLines)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert type(progress()).__name__ == "RichProgressBar"


@pytest.mark.parametrize(
    ("n_epochs", "shown"), [(3, [1, 2, 3]), (25, [*range(2, 25, 2), 25]), (144, [*range(14, 141, 14), 144])]
)
def test_about_ten_lines_the_last_epoch_included(n_epochs, shown, capsys):
    run = SimpleNamespace(max_epochs=n_epochs, current_epoch=0, callback_metrics={"loss/total": 1.5, "lr/quantum": 2.0})
    lines = EpochLines()
    lines.on_train_start(run, None)
    for epoch in range(n_epochs):
        run.current_epoch = epoch
        lines.on_train_epoch_start(run, None)
    run.current_epoch = n_epochs
    lines.on_train_end(run, None)
    printed = capsys.readouterr().out.splitlines()
    assert [int(line.split()[1].split("/")[0]) for line in printed] == shown
    assert all("loss/total 1.50" in line and "lr/" not in line for line in printed)


@pytest.mark.parametrize(
    ("n_epochs", "every", "saved"), [(7, 3, [3, 6, 7]), (6, 3, [3, 6]), (2, 5, [2]), (4, 1, [1, 2, 3, 4])]
)
def test_checkpoint_every_few_epochs_and_in_the_last(n_epochs, every, saved, tmp_path):
    epochs = []
    trainer = SimpleNamespace(
        max_epochs=n_epochs, min_epochs=None, max_steps=-1, min_steps=None, global_step=0, should_stop=False,
        fast_dev_run=False, logged_metrics={}, loggers=[],
    )  # fmt: skip
    trainer.save_checkpoint = lambda path: epochs.append(trainer.current_epoch + 1)
    checkpoint = LastCheckpoint(tmp_path / "last.ckpt", every)
    for trainer.current_epoch in range(n_epochs):
        checkpoint.on_train_epoch_end(trainer, None)
    assert epochs == saved


@pytest.mark.parametrize(("found", "at_most", "used"), [(64, 4, 4), (2, 4, 2), (8, 1, 1)])
def test_threads_have_an_upper_bound(found, at_most, used, monkeypatch):
    chosen = []
    monkeypatch.setattr("torch.get_num_threads", lambda: found)
    monkeypatch.setattr("torch.set_num_threads", chosen.append)
    CPUThreads(at_most).setup(None, None, "fit")
    assert chosen == [used]


@pytest.mark.parametrize("averaging", ["none", "ema"])
def test_batch_norm_statistics_are_those_of_the_trained_parameters(averaging, command, tmp_path):
    """In evaluation mode the encoder's first normalisation standardizes what its convolution gives."""
    command(*SMALL, f"averaging={averaging}", "hydra.run.dir=run")
    model = load_model(tmp_path / "run")
    datamodule = ClassSubsetDataModule(Digits())
    datamodule.setup()
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert evaluate(model, datamodule).items() <= metrics.items()
    convolution, normalisation = list(model.encoder.modules())[2:4]
    outputs = [convolution(images).detach() for images, _ in datamodule.train_dataloader()]
    assert isinstance(normalisation, torch.nn.BatchNorm2d)
    # Every batch counts the same, whatever its size.
    for statistic, values in (
        (normalisation.running_mean, [batch.mean((0, 2, 3)) for batch in outputs]),
        (normalisation.running_var, [batch.var((0, 2, 3)) for batch in outputs]),
    ):
        torch.testing.assert_close(statistic, torch.stack(values).mean(0), rtol=1e-4, atol=1e-5)


def test_running_batch_norm_statistics_stay_where_they_are_wanted(run, command, tmp_path):
    """They differ from the recomputed ones, and nothing else does."""
    command(*SMALL, "hydra.run.dir=running", "~callbacks.batch_norm")
    anew, running = (load_model(folder).state_dict() for folder in (run, tmp_path / "running"))
    differing = {name.rpartition(".")[2] for name in anew if not torch.equal(anew[name], running[name])}
    assert differing == {"running_mean", "running_var"}


def test_no_progress_where_none_is_wanted(command, capsys):
    command(*SMALL, "trainer.enable_progress_bar=false", "hydra.run.dir=run")
    assert "epoch 1/1" not in capsys.readouterr().out


def test_signal_waits_for_the_end_of_the_epoch_and_its_checkpoint(tmp_path):
    events = []
    previous = signal.signal(signal.SIGUSR2, lambda *arguments: events.append("handler"))
    try:
        trainer = SimpleNamespace(
            world_size=1, logged_metrics={}, loggers=[], save_checkpoint=lambda path: events.append(path.name)
        )
        callback = CheckpointOnSignal(tmp_path / "last.ckpt")
        callback.on_train_start(trainer, None)
        callback.on_train_epoch_start(trainer, None)
        callback.on_train_epoch_end(trainer, None)
        assert events == []
        callback.on_train_epoch_start(trainer, None)
        signal.raise_signal(signal.SIGUSR2)
        assert events == []
        callback.on_train_epoch_end(trainer, None)
        assert events == ["last.ckpt"]
        callback.on_train_epoch_start(trainer, None)
        assert events == ["last.ckpt", "handler"]
    finally:
        signal.signal(signal.SIGUSR2, previous)


def test_signal_that_nobody_handles_is_left_alone(tmp_path):
    assert signal.getsignal(signal.SIGUSR2) == signal.SIG_DFL
    CheckpointOnSignal(tmp_path / "last.ckpt").on_train_start(SimpleNamespace(world_size=1), None)
    assert signal.getsignal(signal.SIGUSR2) == signal.SIG_DFL
