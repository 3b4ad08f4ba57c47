"""What networks are made of: batch normalisation over all processes, stacks of linear layers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


class RunningStatistics(nn.Module):
    """Second running statistics for the batch normalisation of a module, for inputs that are distributed otherwise.

    Args:
        module: Layers in it that keep running statistics get others, as they begin.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        # A list of layers that are the module's, not this one's.
        self._layers = [
            layer
            for layer in module.modules()
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) and layer.track_running_stats
        ]
        for number, layer in enumerate(self._layers):
            for name, buffer in layer.named_buffers():
                self.register_buffer(f"{name}_{number}", torch.empty_like(buffer))
        self.reset_running_stats()

    def reset_running_stats(self) -> None:
        """As each layer's own method does."""
        for name, buffer in self.named_buffers():
            buffer.fill_(1 if name.startswith("running_var") else 0)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The layers have these statistics, and count into them, until the end of the block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for number, layer in enumerate(self._layers):
            for name, buffer in list(layer.named_buffers()):
                layer._buffers[name], self._buffers[f"{name}_{number}"] = self._buffers[f"{name}_{number}"], buffer


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
