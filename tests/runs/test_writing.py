"""Files are there whole or not at all: on a full disk, in a folder that cannot be written to, with a last good one."""

import errno
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.runs import load_model, read_status
from qinr_lightning.runs.whole import whole, write_whole
from qinr_lightning.settings import call_target, run_command
from tests.runs.conftest import SMALL

ARGUMENTS = [*SMALL["ae"], "callbacks.checkpoint.every_n_epochs=1", "trainer.max_epochs=3"]


def test_a_file_is_written_beside_its_place_and_is_on_the_disk_before_it_is_there(tmp_path, monkeypatch):
    events = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: events.append(Path(os.readlink(f"/proc/self/fd/{descriptor}"))))
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, place: (events.append("renamed"), replace(self, place))[1])
    write_whole(tmp_path / "file", b"content")
    assert events == [tmp_path / "file.partial", "renamed", tmp_path]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path):
    (tmp_path / "file").write_text("before")

    def break_off():
        with whole(tmp_path / "file") as partial:
            partial.write_text("aft")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        break_off()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "before"}


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk):
    """Write until nothing more goes on the disk."""
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 4096)


def test_training_on_a_full_disk(train_in, small_disk, tmp_path, capsys, monkeypatch):
    from qinr_lightning.callbacks import LastCheckpoint

    save = LastCheckpoint.on_train_epoch_end

    def fill_in_the_second_epoch(self, trainer, model):
        if trainer.current_epoch == 1:
            fill(small_disk)
        save(self, trainer, model)

    with monkeypatch.context() as patch:
        patch.setattr(LastCheckpoint, "on_train_epoch_end", fill_in_the_second_epoch)
        with pytest.raises(SystemExit) as left:
            train_in(tmp_path, *ARGUMENTS, f"hydra.run.dir={small_disk}/run")
    assert left.value.code != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "No space left on device" in line
    status = read_status(small_disk / "run")
    assert status.state == "failed"
    assert "No space left" in status.reason
    load_model(small_disk / "run")
    (small_disk / "filler").unlink()
    train_in(tmp_path, f"resume={small_disk}/run")
    assert "going on after epoch 1" in capsys.readouterr().out
    assert read_status(small_disk / "run").state == "finished"


def test_a_disk_that_cannot_be_written_to(train_in, small_disk, tmp_path, capsys, monkeypatch):
    """All four commands say it in one line, and the run is as it was."""

    def typed(name, arguments):
        with monkeypatch.context() as patch:
            patch.setattr("sys.argv", [name, *arguments])
            GlobalHydra.instance().clear()
            run_command(call_target, name)

    train_in(tmp_path, *SMALL["ae"], "trainer.max_epochs=1", f"hydra.run.dir={small_disk}/run")
    before = {path: path.read_bytes() for path in small_disk.rglob("*") if path.is_file()}
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    capsys.readouterr()
    run = f"run={small_disk}/run"
    for name, arguments in (
        ("train", [f"resume={small_disk}/run", "trainer.max_epochs=2"]),
        ("train", [f"hydra.run.dir={small_disk}/new"]),
        ("evaluate", [run, "extractor=none"]),
        ("sample", [run, "kind=interpolation"]),
        ("report", [f"runs=[{small_disk}/run]"]),
    ):
        with pytest.raises(SystemExit) as left:
            train_in(tmp_path, *arguments) if name == "train" else typed(name, arguments)
        assert left.value.code == 2, name
        (line,) = capsys.readouterr().err.splitlines()
        assert "Read-only file system" in line or "cannot be written to" in line, name
    assert {path: path.read_bytes() for path in small_disk.rglob("*") if path.is_file()} == before
