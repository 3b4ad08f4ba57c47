"""The critic of the compared GANs."""

import torch
from torch import Tensor, nn

from qinr_lightning.networks.blocks import LEAKY_SLOPE, linear_layers
from qinr_lightning.ranges import ImageShape, NonNegativeFloat, Widths


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
        hidden_dims: Widths = (512, 256),
        slope: NonNegativeFloat = LEAKY_SLOPE,
    ) -> None:
        super().__init__()
        n_in = torch.Size(image_shape).numel()
        self.layers = nn.Sequential(nn.Flatten(), *linear_layers([n_in, *hidden_dims, 1], "leaky_relu", slope=slope))

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.layers(images)
        return scores.squeeze(1)
