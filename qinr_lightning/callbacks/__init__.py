"""What happens while a model trains: progress and dashboards are shown, checkpoints are kept."""

from qinr_lightning.callbacks.averaging import EMA
from qinr_lightning.callbacks.batch_norm import BatchNormStatistics
from qinr_lightning.callbacks.checkpoint import CheckpointOnSignal, LastCheckpoint, act_on_signal
from qinr_lightning.callbacks.dashboards import CircuitHistograms, ImageGrids
from qinr_lightning.callbacks.progress import EpochLines, ParameterSummary, progress
from qinr_lightning.callbacks.threads import CPUThreads

__all__ = [
    "EMA",
    "BatchNormStatistics",
    "CPUThreads",
    "CheckpointOnSignal",
    "CircuitHistograms",
    "EpochLines",
    "ImageGrids",
    "LastCheckpoint",
    "ParameterSummary",
    "act_on_signal",
    "progress",
]
