"""What networks are made of: batch normalisation over all processes, stacks of linear layers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from qinr_lightning.distributed import batch_mean, batch_size, n_processes

LEAKY_SLOPE = 0.2
"""Slope of every leaky ReLU; the paper does not state it."""

Activation = Literal["leaky_relu"]


def _normalise(layer: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> Tensor:
    """What the layer computes in training, with the statistics of the whole batch."""
    dims = [0, *range(2, x.dim())]
    shape = (1, -1) + (1,) * (x.dim() - 2)
    # Mixed precision leaves statistics in single precision, as torch's own layers do.
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    mean = batch_mean(wide, dims)
    centred = wide - mean.view(shape)
    variance = batch_mean(centred.square(), dims)
    if layer.running_mean is not None and layer.running_var is not None and layer.num_batches_tracked is not None:
        n = batch_size(x.numel() // x.shape[1])
        momentum = layer.momentum if layer.momentum is not None else 1 / (1 + layer.num_batches_tracked.item())
        layer.running_mean.lerp_(mean.detach(), momentum)
        layer.running_var.lerp_(variance.detach() * n / (n - 1), momentum)
        layer.num_batches_tracked.add_(1)
    normalised = centred * (variance.view(shape) + layer.eps).rsqrt()
    if layer.affine:
        normalised = normalised * layer.weight.view(shape) + layer.bias.view(shape)
    return normalised.to(x.dtype)


class BatchNorm1d(nn.BatchNorm1d):
    """torch's BatchNorm1d; several processes share their statistics, on any device (SyncBatchNorm needs a GPU)."""

    def forward(self, input: Tensor) -> Tensor:
        return _normalise(self, input) if self.training and n_processes() > 1 else super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """torch's BatchNorm2d; several processes share their statistics, on any device (SyncBatchNorm needs a GPU)."""

    def forward(self, input: Tensor) -> Tensor:
        return _normalise(self, input) if self.training and n_processes() > 1 else super().forward(input)


def linear_layers(
    dims: Sequence[int], activation: Activation | None = None, batch_norm: bool = False, slope: float = LEAKY_SLOPE
) -> nn.Sequential:
    """Linear layers from each of ``dims`` to the next; normalisation and activation follow all but the last.

    Args:
        dims: Inputs of the first layer, then outputs of every layer.
        activation: None for none.
        batch_norm: Whether to normalise over the batch.
        slope: Of the leaky ReLU.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(dims[:-1]):
        layers.append(nn.Linear(n_in, n_out))
        if batch_norm:
            layers.append(BatchNorm1d(n_out))
        if activation == "leaky_relu":
            layers.append(nn.LeakyReLU(slope))
    return nn.Sequential(*layers, nn.Linear(dims[-2], dims[-1]))
