"""Where images come from: one class for each data set, all with the same small interface."""

from abc import ABC, abstractmethod
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Split = Literal["train", "test"]


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
        """Download or check what :meth:`load` reads, without loading it.

        Raises:
            SettingError: When the data cannot be had or cannot be read; the message says what to put where.
        """

    @abstractmethod
    def load(self, split: Split) -> LabelledImages:
        """All images of a split."""


class Digits(ImageSource):
    """The handwritten digits bundled with scikit-learn: real scans, 8x8, brought to 28x28; needs no network.

    1,797 images (scikit-learn's ``load_digits``) of which the first 80 % in data-set order are the train split and the
    rest is the test split. Bilinear interpolation, 17 grey levels stretched to 0..255.
    """

    name = "digits"
    description = "scikit-learn's digits"
    class_names = tuple(str(digit) for digit in range(10))
    train_fraction = 0.8

    def load(self, split: Split) -> LabelledImages:
        from sklearn.datasets import load_digits

        digits = load_digits()
        images = torch.from_numpy(digits.images).float()[:, None] * (255 / 16)
        images = F.interpolate(images, size=(28, 28), mode="bilinear", align_corners=False).round().to(torch.uint8)
        labels = torch.from_numpy(digits.target).long()
        n_train = int(self.train_fraction * len(labels))
        part = slice(n_train) if split == "train" else slice(n_train, None)
        return LabelledImages(images[part], labels[part])
