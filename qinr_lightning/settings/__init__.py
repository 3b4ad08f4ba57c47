"""From a command line to checked settings: everything that knows Hydra."""

from qinr_lightning.settings.app import run_command
from qinr_lightning.settings.checking import CheckSettings

__all__ = ["CheckSettings", "run_command"]
