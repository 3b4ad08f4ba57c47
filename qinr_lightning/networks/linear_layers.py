"""Stacks of linear layers, of which decoders, generators and the critic are made."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import nn

from qinr_lightning.networks.batch_norm import BatchNorm1d
from qinr_lightning.networks.encoder import LEAKY_SLOPE

Activation = Literal["leaky_relu"]


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
