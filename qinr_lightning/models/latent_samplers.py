"""Samples of an autoencoder from a distribution that is fitted to the latent vectors of its training images.

The prior of a VAE is where its training pulls the posteriors, not where they are; an autoencoder has none.
"""

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.models.autoencoder import QINRAutoencoder
from qinr_lightning.ranges import PositiveFloat, PositiveInt


class LatentSampler(ABC):
    """A distribution of latent vectors, fitted to some and drawn from; each dimension is standardized first.

    One in which all vectors are the same stays as it is.
    """

    @property
    @abstractmethod
    def label(self) -> str:
        """What it is called in names of metrics and files."""

    def draw(self, n: int, latents: Tensor, generator: torch.Generator) -> Tensor:
        """Fit the distribution and draw from it.

        Args:
            n: Draws.
            latents: What it is fitted to, ``(n_latents, latent_dim)``.
            generator: On the CPU; the same state gives the same draws.

        Returns:
            ``(n, latent_dim)``, of the dtype of ``latents``; the first of them are a random sample, too.

        Raises:
            SettingError: Where there are too few latent vectors for the distribution.
        """
        points = latents.double()
        mean, deviation = points.mean(0), points.std(0, correction=0)
        deviation = torch.where(deviation > 0, deviation, 1.0)
        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        drawn = self._draw(n, ((points - mean) / deviation).numpy(), seed)
        spread = (points != points[0]).any(0)
        return torch.where(spread, torch.from_numpy(drawn) * deviation + mean, points[0]).to(latents.dtype)

    @abstractmethod
    def _draw(self, n: int, points: NDArray, seed: int) -> NDArray: ...  # type: ignore[type-arg]


class GaussianMixtureSampler(LatentSampler):
    """A mixture of Gaussians with full covariances, by expectation maximization (scikit-learn's GaussianMixture).

    Args:
        n_components: Gaussians.
    """

    def __init__(self, n_components: PositiveInt = 10) -> None:
        self.n_components = n_components

    @property
    def label(self) -> str:
        return "gmm" if self.n_components == 10 else f"gmm_{self.n_components}"

    def _draw(self, n: int, points: NDArray, seed: int) -> NDArray:  # type: ignore[type-arg]
        from sklearn.mixture import GaussianMixture
        from threadpoolctl import threadpool_limits

        if len(points) < self.n_components:
            raise SettingError(
                "sampler.n_components", self.n_components, f"must be at most {len(points)}, the training images"
            )
        mixture = GaussianMixture(self.n_components, max_iter=1000, random_state=seed)
        with threadpool_limits(1):  # For so few points, beside other processes, it is many times faster.
            mixture.fit(points)
        drawn: NDArray = mixture.sample(n)[0]  # type: ignore[type-arg]
        return np.random.default_rng(seed).permutation(drawn)  # They come one Gaussian after the other.


class KernelDensitySampler(LatentSampler):
    """A Gaussian around each latent vector, as wide in all directions (scikit-learn's KernelDensity).

    Args:
        bandwidth: Standard deviation of the Gaussians, in those of each latent dimension; ``"scott"`` and
            ``"silverman"`` are rules that take it from the numbers of vectors and dimensions.
    """

    def __init__(self, bandwidth: PositiveFloat | Literal["scott", "silverman"] = "scott") -> None:
        self.bandwidth = bandwidth

    @property
    def label(self) -> str:
        return "kde" if self.bandwidth == "scott" else f"kde_{self.bandwidth}"

    def _draw(self, n: int, points: NDArray, seed: int) -> NDArray:  # type: ignore[type-arg]
        from sklearn.neighbors import KernelDensity

        drawn: NDArray = KernelDensity(bandwidth=self.bandwidth).fit(points).sample(n, random_state=seed)  # type: ignore[type-arg]
        return drawn


class LatentSamples:
    """An autoencoder as a generative model: the distribution of its training images' latent vectors, decoded.

    Args:
        model: Any autoencoder, in evaluation mode.
        sampler: The distribution.
        latents: What it is fitted to, ``(n_latents, latent_dim)``; of a VAE the means of the posteriors.
    """

    def __init__(self, model: QINRAutoencoder, sampler: LatentSampler, latents: Tensor) -> None:
        self.model = model
        self.sampler = sampler
        self.latents = latents

    def sample(self, n: int, generator: torch.Generator, size: tuple[int, int] | None = None) -> Tensor:
        """``n`` images in [0, 1], ``(n, channels, height, width)``.

        Args:
            n: Images.
            generator: On the CPU.
            size: Height and width, as in :meth:`QINRAutoencoder.decode`.
        """
        z = self.sampler.draw(n, self.latents.cpu(), generator)
        return self.model.decode(z.to(self.model.device).to(self.model.dtype), size)
