"""The convolutional encoder (section 3.1)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from qinr_lightning.distributed import batch_size, n_processes, rank
from qinr_lightning.networks.blocks import LEAKY_SLOPE, BatchNorm2d
from qinr_lightning.ranges import Channels, ImageShape, Width


class Gaussian(NamedTuple):
    """Parameters of the approximate posterior q(z | x) = N(mu, diag(exp(logvar)))."""

    mu: Tensor
    """``(batch, latent_dim)``."""
    logvar: Tensor
    """``(batch, latent_dim)``."""


class ConvFeatures(nn.Sequential):
    """Blocks of 3x3 convolution (stride 2, padding 1), batch normalisation and leaky ReLU, then flatten.

    With four blocks 1x28x28 becomes 32x14x14, 64x7x7, 128x4x4, 256x2x2 and 1024 features.

    Args:
        image_shape: ``(channels, height, width)``.
        channels: Output channels of each block.
    """

    def __init__(self, image_shape: Sequence[int], channels: Sequence[int]) -> None:
        n_in, height, width = image_shape
        layers: list[nn.Module] = []
        for n_out in channels:
            layers += [
                nn.Conv2d(n_in, n_out, kernel_size=3, stride=2, padding=1),
                BatchNorm2d(n_out),
                nn.LeakyReLU(LEAKY_SLOPE),
            ]
            n_in, height, width = n_out, (height + 1) // 2, (width + 1) // 2
        super().__init__(*layers, nn.Flatten())
        self.n_features = n_in * height * width


class Encoder(nn.Module):
    """Maps an image to a latent vector, for the autoencoder.

    Args:
        image_shape: ``(channels, height, width)``.
        latent_dim: d_z, dimension of the latent vector.
        channels: Output channels of the convolutions.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        latent_dim: Width = 8,
        channels: Channels = (32, 64, 128, 256),
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.features = ConvFeatures(image_shape, channels)
        self.to_latent = nn.Linear(self.features.n_features, latent_dim)

    def forward(self, images: Tensor) -> Tensor:
        """Images in [-1, 1], ``(batch, channels, height, width)``, to z, ``(batch, latent_dim)``."""
        z: Tensor = self.to_latent(self.features(images))
        return z


class GaussianEncoder(nn.Module):
    """Maps an image to the mean and log-variance of its latent vector, for the variational autoencoder.

    Args:
        image_shape: ``(channels, height, width)``.
        latent_dim: d_z, dimension of the latent vector.
        channels: Output channels of the convolutions.
    """

    def __init__(
        self,
        image_shape: ImageShape = (1, 28, 28),
        latent_dim: Width = 8,
        channels: Channels = (32, 64, 128, 256),
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.features = ConvFeatures(image_shape, channels)
        self.to_mu = nn.Linear(self.features.n_features, latent_dim)
        self.to_logvar = nn.Linear(self.features.n_features, latent_dim)

    def forward(self, images: Tensor) -> Gaussian:
        """Images in [-1, 1], ``(batch, channels, height, width)``, to mu and logvar, ``(batch, latent_dim)`` each."""
        features = self.features(images)
        return Gaussian(self.to_mu(features), self.to_logvar(features))


def sample_gaussian(posterior: Gaussian, generator: torch.Generator | None = None) -> Tensor:
    """Reparameterization trick, z = mu + eps * exp(logvar / 2) (section 3.1); ``(batch, latent_dim)``."""
    mu = posterior.mu
    # Every process draws the noise of the whole batch and takes its share, as it took its share of the images.
    noise = torch.randn(batch_size(len(mu)), mu.shape[1], generator=generator, dtype=mu.dtype, device=mu.device)
    return mu + noise[rank() :: n_processes()] * torch.exp(0.5 * posterior.logvar)
