"""What happens while a model trains: progress is shown, checkpoints are kept."""

from qinr_lightning.callbacks.batch_norm import BatchNormStatistics
from qinr_lightning.callbacks.checkpoint import LastCheckpoint
from qinr_lightning.callbacks.parameters import ParameterSummary
from qinr_lightning.callbacks.progress import EpochLines, progress
from qinr_lightning.callbacks.threads import CPUThreads

__all__ = ["BatchNormStatistics", "CPUThreads", "EpochLines", "LastCheckpoint", "ParameterSummary", "progress"]
