"""Ctrl-C, SIGTERM and SIGHUP as they reach a typed command."""

import os
import signal

import pytest

from qinr_lightning.runs import read_history, read_status
from tests.runs.conftest import SMALL, differences, start, wait

ARGUMENTS = [*SMALL["vae"], "trainer.max_epochs=3", "callbacks.checkpoint.every_n_epochs=10"]
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def trained(folder, train_in, *arguments, change=None):
    """Exit status of a training in a process of its own."""

    def task():
        # What starts tests in the background has Ctrl-C ignored, and nohup the end of the terminal.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with pytest.MonkeyPatch.context() as patch:
            if change is not None:
                change(patch)
            train_in(folder, *arguments)

    return wait(start(task))


def sending(number, epoch):
    """A change after which a run sends itself a signal in the middle of an epoch."""

    def change(patch):
        from qinr_lightning.models import Model

        begin = Model.on_train_batch_start

        def begin_and_send(self, batch, index):
            begin(self, batch, index)
            if self.current_epoch == epoch and index == 1:
                os.kill(os.getpid(), number)

        patch.setattr(Model, "on_train_batch_start", begin_and_send)

    return change


@pytest.fixture(scope="module")
def whole(train_in, tmp_path_factory):
    """Folder of a run that nothing has ended."""
    folder = tmp_path_factory.mktemp("whole")
    train_in(folder, *ARGUMENTS, "hydra.run.dir=run")
    return folder / "run"


@pytest.mark.parametrize(
    "number",
    [number if number == signal.SIGTERM else pytest.param(number, marks=pytest.mark.slow) for number in STATUS],
    ids=lambda number: number.name,
)
def test_a_signal_saves_what_there_is_and_says_how_to_go_on(number, whole, train_in, tmp_path, capfd):
    status = trained(tmp_path, train_in, *ARGUMENTS, "hydra.run.dir=run", change=sending(number, 1))
    assert status == STATUS[number]
    error = capfd.readouterr().err.splitlines()
    assert error[-1] == f"{number.name}: go on with python -m qinr_lightning.train resume={tmp_path}/run"
    assert "Traceback" not in "\n".join(error)
    assert read_status(tmp_path / "run").state == "interrupted"
    assert len(read_history(tmp_path / "run/metrics.csv")) == 2
    train_in(tmp_path, error[-1].split()[-1])
    assert "going on after epoch 2" in capfd.readouterr().out
    assert differences(whole, tmp_path / "run") == []


def test_a_signal_in_the_last_epoch_ends_the_sweep_too(train_in, tmp_path, capfd):
    sweep = ["-m", *SMALL["ae"], "trainer.max_epochs=1", "dataset.label=0,1", "hydra.sweep.dir=sweep"]
    assert trained(tmp_path, train_in, *sweep, change=sending(signal.SIGINT, 0)) == 130
    error = capfd.readouterr().err
    assert "sweep/0 can go on: python -m qinr_lightning.train resume=" in error
    assert "sweep/1 did not start" in error
    train_in(tmp_path, "resume=sweep/0")
    assert read_status(tmp_path / "sweep/0").state == "finished"
    assert len(read_history(tmp_path / "sweep/0/metrics.csv")) == 1


def test_a_sweep_names_the_jobs_that_did_not_start(train_in, tmp_path, capfd):
    def change(patch):
        import qinr_lightning.training as training

        begin = training.evaluate

        def end(model, data, **options):
            if data.label == 1:
                os.kill(os.getpid(), signal.SIGTERM)
            return begin(model, data, **options)

        patch.setattr(training, "evaluate", end)

    sweep = ["-m", *SMALL["ae"], "trainer.max_epochs=1", "dataset.label=0,1,2", "hydra.sweep.dir=sweep"]
    assert trained(tmp_path, train_in, *sweep, change=change) == 143
    error = capfd.readouterr().err
    assert "SIGTERM: 1 of 3 jobs finished" in error
    assert "sweep/1 can go on: python -m qinr_lightning.train resume=" in error
    assert "sweep/2 did not start: model=ae" in error
    assert "dataset.label=2" in error
    assert not (tmp_path / "sweep/2").exists()
