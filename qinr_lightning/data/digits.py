"""The handwritten digits bundled with scikit-learn."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.data.subset import of_classes


class Digits(ImageSource):
    """The handwritten digits bundled with scikit-learn: real scans, 8x8, brought to 28x28; needs no network.

    1,797 images (scikit-learn's ``load_digits``) of which the first 80 % in data-set order are the train split and the
    rest is the test split. Bilinear interpolation, 17 grey levels stretched to 0..255.
    """

    name = "digits"
    description = "scikit-learn's digits"
    class_names = tuple(str(digit) for digit in range(10))
    train_fraction = 0.8

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        images, labels = _digits()
        n_train = int(self.train_fraction * len(labels))
        part = slice(n_train) if split == "train" else slice(n_train, None)
        images, labels = images[part], labels[part]
        positions = of_classes(labels, classes)
        return LabelledImages(images[positions], labels[positions])

    def place(self, split: Split) -> str:
        return f"the {split} split of {self.description}"


@cache
def _digits() -> tuple[Tensor, Tensor]:
    """Images ``(1797, 1, 28, 28)`` and labels ``(1797,)``; a run asks for them about eight times."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    levels = _enlarged(digits.images.astype(np.float32) * np.float32(255 / 16), 28)
    return torch.from_numpy(levels.round().astype(np.uint8))[:, None], torch.from_numpy(digits.target).long()


def _enlarged(images: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Bilinear interpolation of square images, as PyTorch's on a processor that multiplies and adds in one rounding.

    Of the digits' pixels 1,943 lie halfway between two levels, and PyTorch's own go up or down as the processor rounds.
    """
    side = images.shape[-1]
    centres = _fused(np.float32(side / size), np.arange(size, dtype=np.float32) + np.float32(0.5), np.float32(-0.5))
    at = centres.clip(0)
    before = at.astype(int)
    after = np.minimum(before + 1, side - 1)
    of_after = at - before.astype(np.float32)
    of_before = 1 - of_after
    upper, lower = images[:, before], images[:, after]
    values: NDArray[np.float32] = of_before[:, None] * of_after * upper[:, :, after]
    for rows, in_row, part in (
        (of_before, of_before, upper[:, :, before]),
        (of_after, of_before, lower[:, :, before]),
        (of_after, of_after, lower[:, :, after]),
    ):
        values = _fused(rows[:, None] * in_row, part, values)
    return values


def _fused(a: Any, b: Any, c: Any) -> NDArray[np.float32]:
    """``a * b + c`` of float32, where the product of two is exact in float64."""
    sums: NDArray[np.float32] = (np.multiply(a, b, dtype=np.float64) + c).astype(np.float32)
    return sums
