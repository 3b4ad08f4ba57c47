"""A command whose output nobody reads any more, such as ``... --help | head -1``, ends quietly."""

import json
import os
import subprocess
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.settings import call_target, run_command
from qinr_lightning.train import train

SIGPIPE_STATUS = 141
"""128 + 13, what a shell says of programs that SIGPIPE has ended."""
COMMANDS = {"train": train, "evaluate": call_target, "sample": call_target, "report": call_target}


@pytest.fixture
def closed_pipe():
    """A pipe's end to write to whose other end is closed already, so that no time decides."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def status_of(name, arguments, pipe, folder):
    """Exit status of a command in this process that prints into a pipe."""
    with pytest.MonkeyPatch.context() as patch, os.fdopen(pipe, "w", closefd=False) as stdout:
        patch.chdir(folder)
        patch.setattr("sys.argv", [name, *arguments])
        patch.setattr("sys.stdout", stdout)
        GlobalHydra.instance().clear()
        with pytest.raises(SystemExit) as left:
            run_command(COMMANDS[name], name)
    return left.value.code


@pytest.mark.parametrize("arguments", [["--help"], ["--cfg", "job"]], ids=" ".join)
@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_settings(name, arguments, closed_pipe, tmp_path, capfd):
    assert status_of(name, arguments, closed_pipe, tmp_path) == SIGPIPE_STATUS
    assert capfd.readouterr().err == ""


def test_a_run_ends_and_says_so_in_its_folder(closed_pipe, tmp_path, capfd):
    arguments = ["model.encoder.channels=[4,8]", "trainer.max_epochs=1", "hydra.run.dir=run"]
    assert status_of("train", arguments, closed_pipe, tmp_path) == SIGPIPE_STATUS
    assert capfd.readouterr().err == ""
    assert json.loads((tmp_path / "run/status.json").read_text())["state"] == "interrupted"
    assert not (tmp_path / "run/metrics.json").exists()


def test_a_mistake_is_told_all_the_same(closed_pipe, tmp_path, capfd):
    assert status_of("train", ["seed=-1"], closed_pipe, tmp_path) == 2
    assert capfd.readouterr().err == "error: seed=-1: must be greater than or equal to 0\n"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "report" else pytest.mark.slow) for name in COMMANDS]
)
def test_what_python_prints_at_the_end(name, closed_pipe, tmp_path):
    """In a process of its own, which flushes its output once more when it ends."""
    command = [sys.executable, "-m", f"qinr_lightning.{name}", "--help"]
    done = subprocess.run(command, cwd=tmp_path, stdout=closed_pipe, stderr=subprocess.PIPE, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (SIGPIPE_STATUS, "")
