"""Run a command under Hydra, with one clear line for a user's mistake."""

import functools
import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig

import qinr_lightning
from qinr_lightning.settings.checking import check, resolved
from qinr_lightning.settings.messages import leaving_on_mistakes
from qinr_lightning.settings.references import References
from qinr_lightning.settings.signatures import check_values
from qinr_lightning.settings.sweep import report_failures


def config_folder() -> Path:
    """The folder ``conf``: inside the installed package, or beside it in a checkout."""
    package = Path(qinr_lightning.__file__).parent
    return next(folder for folder in (package / "conf", package.parent / "conf") if folder.is_dir())


def run_command(task: Callable[[Any], Any], config_name: str) -> None:
    """Compose ``conf/<config_name>.yaml`` with the command line and call ``task``, once or for each job of a multirun.

    A setting that cannot be used is answered by a line on stderr and exit status 2; other errors keep their traceback.
    """
    # Hydra then raises composition errors instead of printing them itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # Which devices there are and what else could be installed is not news in every run.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")

    @functools.wraps(task)
    def job(config: DictConfig) -> Any:
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            # A job may run elsewhere and later, with values that the sweeper has just made up.
            check(config)
            return task(config)
        # Hydra would put a line of its own in front of an error that reaches it.
        with leaving_on_mistakes(sys.argv[1:]):
            return task(config)

    with leaving_on_mistakes(sys.argv[1:]):
        try:
            hydra.main(version_base="1.3", config_path=str(config_folder()), config_name=config_name)(job)()
        except Exception:
            # The jobs after a failed one have run all the same; each has its traceback in its folder.
            if not report_failures():
                raise
            sys.exit(1)


def call_target(config: DictConfig) -> Any:
    """Check the settings of a command against the function that its ``_target_`` names, and call it."""
    settings = resolved(config)
    del settings["paths"]  # Others refer to them.
    for mistake in check_values(settings, References(config)):
        raise mistake
    return instantiate(settings, _convert_="all")
