"""From a command line to checked settings: everything that knows Hydra."""

from qinr_lightning.settings.app import call_target, run_command
from qinr_lightning.settings.changed import changed_settings, choices
from qinr_lightning.settings.checking import CheckSettings
from qinr_lightning.settings.record import record_settings, signature_of_settings
from qinr_lightning.settings.sweep import ShowProgress, command_of_job

__all__ = [
    "CheckSettings",
    "ShowProgress",
    "call_target",
    "changed_settings",
    "choices",
    "command_of_job",
    "record_settings",
    "run_command",
    "signature_of_settings",
]
