"""Reconstruction losses: how far the decoder's output is from the image."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from qinr_lightning.distributed import batch_mean

ReconstructionLoss = Literal["bce", "mse"]


def to_unit_interval(images: Tensor) -> Tensor:
    """x_t = (x + 1) / 2 of algorithms 1 and 2: images in [-1, 1] to targets in [0, 1]."""
    return (images + 1) / 2


def bce_with_logits(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of eq. (11), summed over the pixels of an image and averaged over the batch, nats.

    The paper states losses per image (section 4.2), so the 1/N of eq. (11) is over images, not pixels.

    Args:
        logits: Decoder output, ``(batch, channels, height, width)``.
        target: Images in [0, 1], of the same shape.
    """
    return batch_mean(F.binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).sum(1))


def squared_error(logits: Tensor, target: Tensor) -> Tensor:
    """Squared error of sigmoid(logits), summed over the pixels of an image and averaged over the batch (appendix A).

    Args:
        logits: Decoder output, ``(batch, channels, height, width)``.
        target: Images in [0, 1], of the same shape.
    """
    return batch_mean(F.mse_loss(torch.sigmoid(logits), target, reduction="none").flatten(1).sum(1))


def reconstruction_loss(name: ReconstructionLoss, logits: Tensor, target: Tensor) -> Tensor:
    """The loss called ``name``: ``"bce"`` (:func:`bce_with_logits`) or ``"mse"`` (:func:`squared_error`)."""
    return {"bce": bce_with_logits, "mse": squared_error}[name](logits, target)
