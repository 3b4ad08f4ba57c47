"""Several processes: Lightning starts the others with the first one's command line and something more."""

import logging
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra
from lightning.fabric.strategies.launchers.subprocess_script import _hydra_subprocess_cmd

from qinr_lightning.errors import SettingError
from qinr_lightning.settings import run_command
from qinr_lightning.settings.typed import check_typed_once, typed_for_process


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Gives the arguments with which Lightning starts the second process of a command."""

    def start(*arguments):
        given = []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["train", *arguments])
        monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
        GlobalHydra.instance().clear()
        try:
            run_command(lambda config: given.extend(_hydra_subprocess_cmd(local_rank=1)[0][2:]), "train")
        finally:
            logging.shutdown()
            logging.getLogger().handlers.clear()
        return given

    return start


@pytest.mark.parametrize("typed", ["hydra.run.dir=a", "hydra.run.dir='a, b'", "hydra.job.name=x", "seed=1"])
def test_second_process_has_each_setting_once_and_the_folder_of_the_first(started, typed):
    arguments = started(typed)
    if not typed.startswith("seed"):
        with pytest.raises(SettingError, match="typed twice"):
            check_typed_once(arguments)
    once = typed_for_process(arguments, {"LOCAL_RANK": "1"})
    check_typed_once(once)
    assert once[-3:] == arguments[-3:]
    assert set(arguments) - set(once) == ({typed} if "hydra" in typed else set())


ADDED = ["hydra.run.dir=b", "hydra.job.name=train_ddp_process_1", "hydra.output_subdir=null"]


@pytest.mark.parametrize(
    ("arguments", "rank"),
    [
        ([], "1"),
        (["hydra.run.dir=a", "hydra.run.dir=b"], "1"),
        (["hydra.run.dir=a", *ADDED], "0"),
        (["hydra.run.dir=a", *ADDED], "2"),
        (["hydra.run.dir=a", *ADDED, "seed=1"], "1"),
        (["seed=1", "seed=2", *ADDED], "1"),
    ],
)
def test_what_a_user_has_typed_twice_stays(arguments, rank):
    assert typed_for_process(arguments, {"LOCAL_RANK": rank}) == arguments
