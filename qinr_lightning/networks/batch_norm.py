"""Batch normalisation over the batch of all processes."""

from torch import Tensor, nn

from qinr_lightning.distributed import batch_mean, batch_size, n_processes


def _normalise(layer: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> Tensor:
    """What the layer computes in training, with the statistics of the whole batch."""
    dims = [0, *range(2, x.dim())]
    shape = (1, -1) + (1,) * (x.dim() - 2)
    mean = batch_mean(x, dims)
    centred = x - mean.view(shape)
    variance = batch_mean(centred.square(), dims)
    if layer.running_mean is not None and layer.running_var is not None and layer.num_batches_tracked is not None:
        n = batch_size(x.numel() // x.shape[1])
        momentum = layer.momentum if layer.momentum is not None else 1 / (1 + layer.num_batches_tracked.item())
        layer.running_mean.lerp_(mean.detach(), momentum)
        layer.running_var.lerp_(variance.detach() * n / (n - 1), momentum)
        layer.num_batches_tracked.add_(1)
    normalised = centred * (variance.view(shape) + layer.eps).rsqrt()
    return normalised * layer.weight.view(shape) + layer.bias.view(shape) if layer.affine else normalised


class BatchNorm1d(nn.BatchNorm1d):
    """torch's BatchNorm1d; several processes share their statistics, on any device (SyncBatchNorm needs a GPU)."""

    def forward(self, input: Tensor) -> Tensor:
        return _normalise(self, input) if self.training and n_processes() > 1 else super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """torch's BatchNorm2d; several processes share their statistics, on any device (SyncBatchNorm needs a GPU)."""

    def forward(self, input: Tensor) -> Tensor:
        return _normalise(self, input) if self.training and n_processes() > 1 else super().forward(input)
