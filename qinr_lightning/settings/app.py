"""Run a command under Hydra, with one clear line for a user's mistake."""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra

import qinr_lightning
from qinr_lightning.settings.messages import explain

USER_MISTAKE = 2
"""Exit status for a setting that cannot be used."""


def config_folder() -> Path:
    """The folder ``conf``: inside the installed package, or beside it in a checkout."""
    package = Path(qinr_lightning.__file__).parent
    return next(folder for folder in (package / "conf", package.parent / "conf") if folder.is_dir())


def run_command(task: Callable[[Any], Any], config_name: str) -> None:
    """Compose ``conf/<config_name>.yaml`` with the command line and call ``task``, once or for every job of a multirun.

    A setting that cannot be used is answered by one line on stderr and exit status 2; other errors keep their traceback.
    """
    # Hydra then raises composition errors instead of printing them itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # Which devices there are and what else could be installed is not news in every run.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")
    try:
        hydra.main(version_base="1.3", config_path=str(config_folder()), config_name=config_name)(task)()
    except Exception as error:
        line = explain(error, sys.argv[1:])
        if line is None:
            raise
        print(f"error: {line}", file=sys.stderr)
        sys.exit(USER_MISTAKE)
