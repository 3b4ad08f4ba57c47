"""What a dashboard takes beside scalars: pictures, histograms, the results of a run."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from lightning.pytorch import Trainer
from torch import Tensor


class Dashboard(ABC):
    """A logger that shows more than scalars; callbacks write to all of them and know none of them.

    The horizontal axis of everything is the epoch, counted from 1 as in metrics.csv.
    """

    @abstractmethod
    def show_image(self, name: str, image: Tensor, epoch: int) -> None:
        """Show a picture, values in [0, 1], ``(channels, height, width)``."""

    @abstractmethod
    def show_histogram(self, name: str, values: Tensor, epoch: int) -> None:
        """Show how values are distributed; their shape does not matter."""

    @abstractmethod
    def show_results(self, results: Mapping[str, float | str], epoch: int) -> None:
        """Show what a finished run is judged by, as a table with one row, which joins those of other runs."""


def dashboards(trainer: Trainer) -> list[Dashboard]:
    """The trainer's loggers that are dashboards; none in all processes but the first."""
    return [logger for logger in trainer.loggers if isinstance(logger, Dashboard) and trainer.is_global_zero]
