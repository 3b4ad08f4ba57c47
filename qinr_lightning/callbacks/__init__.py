"""What happens while a model trains: progress is shown, checkpoints are kept."""

from qinr_lightning.callbacks.checkpoint import LastCheckpoint
from qinr_lightning.callbacks.parameters import ParameterSummary
from qinr_lightning.callbacks.progress import EpochLines, progress

__all__ = ["EpochLines", "LastCheckpoint", "ParameterSummary", "progress"]
