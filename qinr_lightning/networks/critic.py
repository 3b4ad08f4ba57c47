"""The critic of the compared GANs."""

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn

from qinr_lightning.networks.blocks import LEAKY_SLOPE, ImageShape, PositiveInt, linear_layers


class Critic(nn.Module):
    """Linear layers with leaky ReLU between them: 784-512-256-1, 533,505 parameters, in all three published GANs.

    Maps images in [-1, 1], ``(batch, channels, height, width)``, to scores, ``(batch,)``.

    Args:
        image_shape: ``(channels, height, width)``.
        hidden_dims: Outputs of the linear layers before the last.
        slope: Of the leaky ReLU.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        hidden_dims: Sequence[PositiveInt] = (512, 256),
        slope: Annotated[float, Ge(0)] = LEAKY_SLOPE,
    ) -> None:
        super().__init__()
        n_in = torch.Size(image_shape).numel()
        self.layers = nn.Sequential(nn.Flatten(), *linear_layers([n_in, *hidden_dims, 1], "leaky_relu", slope=slope))

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.layers(images)
        return scores.squeeze(1)
