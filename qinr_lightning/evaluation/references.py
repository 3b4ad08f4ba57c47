"""Which real images a model is measured against, and which real images set the level it can reach."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from qinr_lightning.data import ClassSubsetDataModule, to_unit

Reference = Literal["train", "test", "train_all"]
"""The train subset, the test split, or all training images of the class."""


class RealImages(NamedTuple):
    """Images ``(n, channels, height, width)`` in [0, 1]."""

    reference: Tensor
    held_out: Tensor
    """Real images of the same class that the reference does not hold."""


def real_images(datamodule: ClassSubsetDataModule, reference: Reference, n_held_out: int | None = None) -> RealImages:
    """The reference and the first ``n_held_out`` (None for all) images held out from it.

    Training images come first among the held-out ones, because there are more of them.

    Args:
        datamodule: Set up.
        reference: Which images.
        n_held_out: As many as are wanted; fewer where there are fewer.
    """
    subset, rest, test = (
        part.images for part in (datamodule.train_subset, datamodule.rest_of_train, datamodule.test_split)
    )
    parts: dict[Reference, tuple[list[Tensor], list[Tensor]]] = {
        "train": ([subset], [rest, test]),
        "test": ([test], [rest, subset]),
        "train_all": ([subset, rest], [test]),
    }
    chosen, others = parts[reference]
    return RealImages(to_unit(torch.cat(chosen)), to_unit(torch.cat(others)[:n_held_out]))
