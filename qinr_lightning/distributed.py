"""Batches that are spread over several processes: every mean over a batch is over the whole of it.

Each process then computes the loss of the whole batch, and averaging gradients, as DistributedDataParallel does, gives
the gradient that a single process would have computed.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def n_processes() -> int:
    """Number of processes that train together; 1 without torch.distributed."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Number of this process, from 0."""
    return dist.get_rank() if n_processes() > 1 else 0


def batch_size(n: int) -> int:
    """Images in the batches of all processes together, ``n`` of them here."""
    if n_processes() == 1:
        return n
    total = torch.tensor(n, device="cuda" if dist.get_backend() == "nccl" else "cpu")
    dist.all_reduce(total)
    return int(total)


def batch_mean(values: Tensor, dims: int | list[int] = 0) -> Tensor:
    """Mean over the batch of all processes, differentiable.

    Args:
        values: The batch is the first dimension.
        dims: Dimensions to average over, the first among them.
    """
    if n_processes() == 1:
        return values.mean(dims)
    total: Tensor = _SumOverProcesses.apply(values.sum(dims))
    n_here = values.numel() // total.numel()
    return total / batch_size(n_here)


class _SumOverProcesses(torch.autograd.Function):
    """All-reduce; what a process has put in reaches the losses of all of them."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        dist.all_reduce(total)
        return total
