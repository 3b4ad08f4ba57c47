"""Where images come from: one class for each data set, all with the same small interface."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import Pixels

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
_Side = Annotated[Pixels, Ge(6)]
PictureShape = tuple[Pixels, _Side, _Side]
"""``(channels, height, width)`` to measure; SSIM's window, 11 wide, is reflected at the edges and needs 6 pixels."""


class LabelledImages(NamedTuple):
    """Images of one split in data-set order."""

    images: Tensor
    """uint8, ``(n, channels, height, width)``, upright, 0 is black."""
    labels: Tensor
    """int64, ``(n,)``, indices into the source's class names."""


class ImageSource(ABC):
    """A data set with named classes and a train and a test split."""

    name: str
    """As in ``dataset=...`` and in tables."""
    class_names: tuple[str, ...]
    description: str
    """What the images are, in words, for tables."""

    def prepare(self) -> None:  # noqa: B027  (a source that needs no preparation is complete)
        """Download what :meth:`load` reads and check what can be checked without loading it.

        Raises:
            SettingError: When the data cannot be had or cannot be read; the message says what to put where.
        """

    @abstractmethod
    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        """The images of a split.

        Args:
            split: Which split.
            classes: Indices of the classes to load; None loads all.

        Raises:
            SettingError: When a file cannot be read or holds something else; the message names it.
        """

    @abstractmethod
    def place(self, split: Split) -> str:
        """Where the images of a split are, for messages."""


def damaged(path: Path, what: str, setting: str = "paths.data_dir") -> SettingError:
    """That a file does not hold what it should.

    Args:
        path: The file.
        what: What is wrong with it.
        setting: The setting that leads to the file.
    """
    return SettingError(setting, path, f"the file is damaged, {what}; fetch it again")


def unreadable(path: Path, error: Exception, setting: str = "paths.data_dir") -> SettingError:
    """That a file or folder cannot be read; arguments are those of :func:`damaged`."""
    reason = getattr(error, "strerror", None) or error
    return SettingError(setting, path, f"cannot be read ({reason}); check path and permissions, or put it there anew")
