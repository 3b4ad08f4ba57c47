"""Decoders that are implicit neural representations: from a coordinate and a latent vector to the value there."""

import math
from abc import abstractmethod
from typing import Annotated, Literal

import torch
from annotated_types import Gt, Lt
from torch import Tensor, nn
from torch.nn import functional as F

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.blocks import LEAKY_SLOPE, BatchNorm1d
from qinr_lightning.networks.decoder import Decoder
from qinr_lightning.ranges import ImageShape, PositiveInt

Warp = Literal["none", "affine"]
PixelsPerStep = PositiveInt | Annotated[float, Gt(0), Lt(1)]
"""A number of pixels, or a share of them."""

_AT_ONCE = 2**15
"""Coordinates that are decoded at a time in evaluation."""
_MEMORY = 2**28
"""Bytes that a circuit's states may take there; fewer coordinates at a time where they would take more."""


def pixel_centres(height: int, width: int, like: Tensor) -> Tensor:
    """Where the pixels of an image are, row by row, ``(height * width, 2)`` as (x, y).

    The image is [-1, 1] in both directions and a pixel is a rectangle of it, so that images of any size show the same.

    Args:
        height: Rows.
        width: Columns.
        like: Gives dtype and device.
    """
    y, x = ((2 * torch.arange(n, dtype=like.dtype, device=like.device) + 1) / n - 1 for n in (height, width))
    return torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1).view(-1, 2)


def fourier_features(p: Tensor, n_octaves: int) -> Tensor:
    """gamma(p): a coordinate, and sine and cosine of pi / 2, pi, 2 pi, ... times it (Mildenhall et al., NeRF, eq. 4).

    Args:
        p: ``(..., 2)``.
        n_octaves: Frequencies of each of its two numbers.

    Returns:
        ``(..., 2 + 4 * n_octaves)``.
    """
    frequencies = math.pi / 2 * 2.0 ** torch.arange(n_octaves, dtype=p.dtype, device=p.device)
    phases = (p[..., None] * frequencies).flatten(-2)
    return torch.cat([p, phases.sin(), phases.cos()], -1)


class CoordinateDecoder(Decoder):
    """Maps a latent vector and any coordinates to the logits there; the number of parameters knows no pixels.

    An embedding e(z) = LeakyReLU(BatchNorm(Linear(z))); features of gamma(p) and e, which subclasses give; these,
    normalised over batch and coordinates without trained scale or shift, times weights that are linear in e, plus a
    bias that is linear in gamma(p). The warp moves the coordinates first, p' = p + T(e) [p, 1], where T(e), six numbers
    linear in e, is 0 at first.

    Subclasses call :meth:`build` once they know their widths.

    Args:
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)`` of the images that ``forward`` gives.
        n_octaves: Frequencies of gamma, see :func:`fourier_features`.
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, that a step of training decodes; None for all.

    Raises:
        SettingError: For more pixels a step than an image has.
    """

    n_circuits = 1
    """Times that a circuit runs at a coordinate."""

    def __init__(
        self,
        latent_dim: int,
        image_shape: ImageShape,
        n_octaves: int,
        warp: Warp,
        pixels_per_step: PixelsPerStep | None,
    ) -> None:
        super().__init__(latent_dim, image_shape)
        self.n_pixels = self.image_shape[1] * self.image_shape[2]
        self.n_octaves = n_octaves
        self.n_gamma = 2 + 4 * n_octaves
        self.warps = warp == "affine"
        if isinstance(pixels_per_step, float):
            self.pixels_per_step = max(1, round(pixels_per_step * self.n_pixels))
        else:
            self.pixels_per_step = pixels_per_step or self.n_pixels
        if self.pixels_per_step > self.n_pixels:
            raise SettingError("pixels_per_step", pixels_per_step, f"the image has {self.n_pixels} pixels")

    def n_shared_parameters(self, embedding_dim: int, n_features: int) -> int:
        """Parameters of what :meth:`build` makes."""
        embedding = (self.latent_dim + 3) * embedding_dim
        weights = (embedding_dim + 1) * (n_features + 1) * self.image_shape[0]
        bias = (self.n_gamma + 1) * self.image_shape[0]
        return embedding + weights + bias + (6 * (embedding_dim + 1) if self.warps else 0)

    def build(self, embedding_dim: int, n_features: int) -> None:
        """Make what all of these decoders have.

        Args:
            embedding_dim: Dimension of e.
            n_features: Features at a coordinate.
        """
        n_channels = self.image_shape[0]
        self.embedding_dim = embedding_dim
        self.embed = nn.Sequential(
            nn.Linear(self.latent_dim, embedding_dim), BatchNorm1d(embedding_dim), nn.LeakyReLU(LEAKY_SLOPE)
        )
        self.normalise = BatchNorm1d(n_features, affine=False)
        self.weights = nn.Linear(embedding_dim, n_channels * (n_features + 1))
        self.bias = nn.Linear(self.n_gamma, n_channels)
        self.warp = nn.Linear(embedding_dim, 6) if self.warps else None
        if self.warp is not None:
            nn.init.zeros_(self.warp.weight)
            nn.init.zeros_(self.warp.bias)

    @abstractmethod
    def features(self, p: Tensor, gamma: Tensor, e: Tensor) -> Tensor:
        """Features at coordinates, ``(batch, n, n_features)``.

        Args:
            p: Coordinates ``(batch, n, 2)``.
            gamma: Their :func:`fourier_features`, ``(batch, n, n_gamma)``.
            e: Embeddings ``(batch, embedding_dim)``.
        """

    def bytes_at_a_coordinate(self) -> int:
        """Memory that the states of the circuits take at one coordinate; 0 without a circuit."""
        return 0

    def circuit_runs(self, n_images: int) -> int:
        if self.training:
            return self.n_circuits * n_images * self.pixels_per_step
        return self.n_circuits * min(n_images * self.n_pixels, self._n_at_once())

    def forward(self, z: Tensor) -> Tensor:
        return self.render(z, self.image_shape[1], self.image_shape[2])

    def render(self, z: Tensor, height: int, width: int) -> Tensor:
        """Logits of images of any size, ``(batch, channels, height, width)``, each at the middle of its pixel."""
        logits = self.at(z, pixel_centres(height, width, like=z))
        return logits.view(len(z), -1, height, width)

    def images(self, z: Tensor, height: int, width: int) -> Tensor:
        """Images of any size in [0, 1], ``(batch, channels, height, width)``.

        Smaller than those of ``image_shape``, a pixel is the mean of what is in it: of as many points as it takes to be
        no coarser than they are.
        """
        points = max(1, math.ceil(self.image_shape[1] / height), math.ceil(self.image_shape[2] / width))
        return F.avg_pool2d(torch.sigmoid(self.render(z, points * height, points * width)), points)

    def at_pixels(self, z: Tensor, pixels: Tensor) -> Tensor:
        """Logits of some pixels, ``(batch, channels, n)``, by their positions in a flattened image."""
        return self.at(z, pixel_centres(self.image_shape[1], self.image_shape[2], like=z)[pixels])

    def at(self, z: Tensor, p: Tensor) -> Tensor:
        """Logits at coordinates.

        In evaluation as many at a time as fit into a bounded part of the memory; training normalises over all of them.

        Args:
            z: Latent vectors ``(batch, latent_dim)``.
            p: Coordinates ``(n, 2)``, the same for the whole batch.

        Returns:
            ``(batch, channels, n)``.
        """
        e = self.embed(z)
        if self.training:
            return self._logits(e, p)
        at_once = self._n_at_once()
        images = e.split(max(1, at_once // len(p)))
        return torch.cat([torch.cat([self._logits(some, q) for q in p.split(at_once)], 2) for some in images])

    def _logits(self, e: Tensor, p: Tensor) -> Tensor:
        p = p.expand(len(e), -1, -1)
        if self.warp is not None:
            matrix = self.warp(e).view(-1, 1, 2, 3)
            p = p + (matrix * F.pad(p, (0, 1), value=1.0)[..., None, :]).sum(-1)
        gamma = fourier_features(p, self.n_octaves)
        features = self.features(p, gamma, e)
        normalised = self.normalise(features.flatten(0, 1)).view_as(features)
        weights = self.weights(e).view(len(e), self.image_shape[0], features.shape[-1] + 1)
        values = weights[..., :-1] @ normalised.transpose(1, 2) + weights[..., -1:]
        logits: Tensor = values + self.bias(gamma).transpose(1, 2)
        return logits

    def _n_at_once(self) -> int:
        return max(1, min(_AT_ONCE, _MEMORY // max(1, self.bytes_at_a_coordinate())))
