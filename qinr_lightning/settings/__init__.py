"""From a command line to checked settings: everything that knows Hydra."""

from qinr_lightning.settings.app import call_target, run_command
from qinr_lightning.settings.changed import changed_by, changed_settings, choices
from qinr_lightning.settings.checking import CheckSettings
from qinr_lightning.settings.jobs import TrainingSettings, first_difference, launch, launcher_config, recorded_identity
from qinr_lightning.settings.overrides import key_of, merged, own_arguments, refuse
from qinr_lightning.settings.places import check_folder_to_write
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.record import record_settings, signature_of_settings
from qinr_lightning.settings.search import SearchSpace, search_space_of
from qinr_lightning.settings.sweep import ShowProgress, command_of_job

__all__ = [
    "CheckSettings",
    "SearchSpace",
    "ShowProgress",
    "TrainingSettings",
    "call_target",
    "changed_by",
    "changed_settings",
    "check_folder_to_write",
    "choices",
    "command_of_job",
    "first_difference",
    "key_of",
    "launch",
    "launcher_config",
    "merged",
    "own_arguments",
    "quoted",
    "record_settings",
    "recorded_identity",
    "refuse",
    "run_command",
    "search_space_of",
    "signature_of_settings",
]
