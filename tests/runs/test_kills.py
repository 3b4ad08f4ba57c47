"""Whenever a run is ended, it can be resumed, and ends with the bits of one that nobody has ended."""

import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from qinr_lightning.runs import RunCheckpoints
from tests.runs.conftest import SMALL, die, differences, end_after, wait

EPOCHS = {"ae": 6, "vae": 6, "gan": 3}
MOMENTS = {
    "before the first checkpoint": "qinr_lightning.callbacks.LastCheckpoint.on_train_epoch_end",
    "while the first checkpoint is written": "qinr_lightning.runs.whole._to_disk",
    "after the last checkpoint": "qinr_lightning.training.evaluate",
    "before its numbers are written": "qinr_lightning.training.finish_run",
    "before its pictures are drawn": "qinr_lightning.training.draw_pictures",
}
SHARED = Path("/dev/shm")


def settings(model: str) -> list[str]:
    return [*SMALL[model], f"trainer.max_epochs={EPOCHS[model]}", "callbacks.checkpoint.every_n_epochs=2"]


@pytest.fixture(scope="module")
def uninterrupted(train_in, tmp_path_factory):
    """Folder of a whole run of a model, and the seconds that it took; made when it is asked for."""
    made = {}

    def run(model):
        if model not in made:
            folder = tmp_path_factory.mktemp("whole")
            start = time.monotonic()
            train_in(folder, *settings(model), "hydra.run.dir=run")
            made[model] = folder / "run", time.monotonic() - start
        return made[model]

    return run


@pytest.mark.parametrize(
    "moment",
    [
        moment if moment == "while the first checkpoint is written" else pytest.param(moment, marks=pytest.mark.slow)
        for moment in MOMENTS
    ],
)
def test_killed_at_a_moment(moment, uninterrupted, training, train_in, tmp_path, capsys):
    whole, _ = uninterrupted("ae")

    def change(patch):
        if moment == "while the first checkpoint is written":
            patch.setattr("qinr_lightning.runs.checkpoints.write_whole", lambda path, content: half(path, content))
        else:
            patch.setattr(MOMENTS[moment], die)

    def half(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.partial").write_bytes(content[: len(content) // 2])
        die()

    assert wait(training(tmp_path, [*settings("ae"), "hydra.run.dir=run"], change)) == -signal.SIGKILL
    assert not (tmp_path / "run/checkpoints/last.ckpt").exists() or moment not in list(MOMENTS)[:2]
    train_in(tmp_path, "resume=run")
    said = "starting at epoch 0" if moment in list(MOMENTS)[:2] else "training was complete after epoch 6; measuring"
    assert said in capsys.readouterr().out
    assert differences(whole, tmp_path / "run") == []
    assert not (tmp_path / "run/checkpoints/last.ckpt.partial").exists()


@pytest.mark.parametrize("epoch", [2, EPOCHS["vae"]])
def test_killed_as_soon_as_a_checkpoint_is_written(epoch, uninterrupted, training, train_in, tmp_path):
    """The row of its epoch is there by then, which Lightning logs later."""
    whole, _ = uninterrupted("vae")
    save = RunCheckpoints.save_checkpoint

    def save_and_die(self, checkpoint, *arguments, **options):
        save(self, checkpoint, *arguments, **options)
        if checkpoint["epoch"] == epoch - 1:
            die()

    def change(patch):
        patch.setattr(RunCheckpoints, "save_checkpoint", save_and_die)

    assert wait(training(tmp_path, [*settings("vae"), "hydra.run.dir=run"], change)) == -signal.SIGKILL
    train_in(tmp_path, "resume=run")
    assert differences(whole, tmp_path / "run") == []


@pytest.mark.slow
def test_ended_by_steps_within_an_epoch(train_in, tmp_path):
    """Two batches an epoch: the eighth epoch is left half done, the sixth has the last checkpoint of an epoch's end."""
    arguments = [*SMALL["vae"], "averaging=ema", "callbacks.checkpoint.every_n_epochs=3", "trainer.max_epochs=50"]
    train_in(tmp_path, *arguments, "trainer.max_steps=22", "hydra.run.dir=whole")
    train_in(tmp_path, *arguments, "trainer.max_steps=15", "hydra.run.dir=half")
    train_in(tmp_path, "resume=half", "trainer.max_steps=22")
    assert differences(tmp_path / "whole", tmp_path / "half") == []


def test_stopped_early(train_in, training, tmp_path):
    """Statistics and averages are those of the epoch that another callback has ended the training with."""
    arguments = [
        *SMALL["ae"], "averaging=ema", "trainer.max_epochs=40", "callbacks.checkpoint.every_n_epochs=2",
        "+callbacks.early._target_=lightning.pytorch.callbacks.EarlyStopping", "+callbacks.early.monitor=loss/total",
        "+callbacks.early.min_delta=30", "+callbacks.early.patience=2",
    ]  # fmt: skip
    train_in(tmp_path, *arguments, "hydra.run.dir=whole")
    killed = training(
        tmp_path,
        [*arguments, "hydra.run.dir=half"],
        lambda patch: patch.setattr("qinr_lightning.training.evaluate", die),
    )
    assert wait(killed) == -signal.SIGKILL
    train_in(tmp_path, "resume=half")
    assert differences(tmp_path / "whole", tmp_path / "half") == []


@pytest.mark.slow
def test_sixty_kills(uninterrupted, training, train_in, tmp_path, capsys):
    """Three models, two signals, two file systems, random moments."""
    moments = random.Random(0)
    other = Path(tempfile.mkdtemp(dir=SHARED if SHARED.is_dir() else tmp_path))
    places = [tmp_path, other]
    assert not SHARED.is_dir() or len({place.stat().st_dev for place in places}) == 2
    cases = [
        (model, number, place)
        for _ in range(5)
        for model in SMALL
        for number in (signal.SIGKILL, signal.SIGTERM)
        for place in places
    ]
    ended, equal, begun, wrong = 0, 0, 0, []
    try:
        for case, (model, number, place) in enumerate(cases):
            whole, seconds = uninterrupted(model)
            folder = place / str(case)
            arguments = [*settings(model), f"hydra.run.dir={folder}"]
            status = end_after(training(place, arguments), moments.uniform(0, 1.1 * seconds), number)
            ended += status != 0
            begun += (folder / ".hydra/config.yaml").exists()
            train_in(place, *([f"resume={folder}"] if (folder / ".hydra/config.yaml").exists() else arguments))
            found = differences(whole, folder)
            equal += not found
            wrong += [(case, model, number, status, found[:3])] if found else []
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(other)
    with capsys.disabled():
        print(f"\n{len(cases)} runs, {ended} ended by a signal, {begun} with a folder, {equal} equal bit for bit")
    assert wrong == []
    assert ended >= len(cases) // 2
