"""What is shown while a model trains."""

from qinr_lightning.callbacks.parameters import ParameterSummary
from qinr_lightning.callbacks.progress import EpochLines, progress

__all__ = ["EpochLines", "ParameterSummary", "progress"]
