"""The commands about several runs, as they are typed."""

import logging
import runpy
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra

FIXED = (
    "comparison=stand_ins", "dataset=digits", "model=ae", "labels=0,1", "seeds=2", "trainer.max_epochs=1",
    "trainer.limit_train_batches=1", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40",
)  # fmt: skip
"""The fixed command with runs of half a second, but for its folder."""


def _run(folder, name, arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", [name, *arguments])
        # It becomes __main__, as it does when it is typed.
        patch.delitem(sys.modules, f"qinr_lightning.{name}", raising=False)
        GlobalHydra.instance().clear()
        try:
            runpy.run_module(f"qinr_lightning.{name}", run_name="__main__")
        finally:
            logging.shutdown()
            logging.getLogger().handlers.clear()


@pytest.fixture
def run(tmp_path):
    """``python -m qinr_lightning.NAME ARGUMENTS`` in this process and in an empty folder."""
    return lambda name, *arguments: _run(tmp_path, name, arguments)


@pytest.fixture(scope="session")
def fixed():
    """The fixed command, but for its folder."""
    return FIXED


@pytest.fixture(scope="session")
def compared(tmp_path_factory):
    """Folder of a finished comparison; copy it before changing it."""
    folder = tmp_path_factory.mktemp("compared")
    _run(folder, "compare", [*FIXED, "out=c"])
    return folder / "c"
