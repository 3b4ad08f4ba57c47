"""The critics: that of the compared GANs, and a convolutional one."""

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.blocks import LEAKY_SLOPE, linear_layers
from qinr_lightning.ranges import Channels, ImageShape, NonNegativeFloat, Width, Widths


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


class ConvCritic(nn.Module):
    """Blocks of 4x4 convolution (stride 2, padding 1) and leaky ReLU, then two linear layers: texture, not pixels.

    Nothing is normalised over the batch: the gradient penalty is of single images. With two blocks 1x28x28 becomes
    32x14x14, 64x7x7, 128 and a score; 435,041 parameters. Maps images in [-1, 1], ``(batch, channels, height, width)``,
    to scores, ``(batch,)``.

    Args:
        image_shape: ``(channels, height, width)``.
        channels: Output channels of each block.
        hidden_dim: Outputs of the first linear layer.
        slope: Of the leaky ReLU.

    Raises:
        SettingError: For more blocks than the image can be halved.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        channels: Channels = (32, 64),
        hidden_dim: Width = 128,
        slope: NonNegativeFloat = LEAKY_SLOPE,
    ) -> None:
        super().__init__()
        n_in, height, width = image_shape
        if min(height, width) < 2 ** len(channels):
            raise SettingError("channels", list(channels), f"an image of {height}x{width} cannot be halved so often")
        layers: list[nn.Module] = []
        for n_out in channels:
            layers += [nn.Conv2d(n_in, n_out, kernel_size=4, stride=2, padding=1), nn.LeakyReLU(slope)]
            n_in, height, width = n_out, height // 2, width // 2
        head = linear_layers([n_in * height * width, hidden_dim, 1], "leaky_relu", slope=slope)
        self.layers = nn.Sequential(*layers, nn.Flatten(), head)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.layers(images)
        return scores.squeeze(1)
