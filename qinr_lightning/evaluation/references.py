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


def real_images(datamodule: ClassSubsetDataModule, reference: Reference) -> RealImages:
    """The reference and what is held out from it, from a data module that is set up.

    Training images come first among the held-out ones, because there are more of them.
    """
    subset, rest, test = (
        to_unit(part.images) for part in (datamodule.train_subset, datamodule.rest_of_train, datamodule.test_split)
    )
    if reference == "train":
        return RealImages(subset, torch.cat([rest, test]))
    if reference == "test":
        return RealImages(test, torch.cat([rest, subset]))
    return RealImages(torch.cat([subset, rest]), test)
