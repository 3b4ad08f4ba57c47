"""The interface of the feature extractors."""

from abc import ABC, abstractmethod

from torch import Tensor

from qinr_lightning.data import ImageSource


class FeatureExtractor(ABC):
    """A fixed network up to its last layer but one."""

    name: str
    """Part of the names of the metrics that rest on it."""

    def check(self, source: ImageSource) -> None:  # noqa: B027  (most need nothing)
        """Look whether what it needs for this data set is there, as far as that costs nothing.

        Raises:
            SettingError: When it is known to be missing.
        """

    @abstractmethod
    def prepare(self, source: ImageSource) -> None:
        """Load, or make, what features of this data set need.

        Raises:
            SettingError: When it cannot be had.
        """

    @abstractmethod
    def __call__(self, images: Tensor) -> Tensor:
        """Features ``(n, d)`` of images ``(n, channels, height, width)`` in [0, 1]."""

    @abstractmethod
    def facts(self) -> dict[str, float]:
        """What is recorded beside the metrics."""
