"""Distances between two sets of images by their features: Frechet distance and kernel distance."""

from typing import NamedTuple

import torch
from torch import Tensor


class Moments(NamedTuple):
    """Mean ``(d,)`` and covariance ``(d, d)`` of features, float64."""

    mean: Tensor
    covariance: Tensor


def moments(features: Tensor) -> Moments:
    """Mean and unbiased covariance of features ``(n, d)``, n at least 2."""
    features = features.double()
    mean = features.mean(0)
    centred = features - mean
    return Moments(mean, centred.mT @ centred / (len(features) - 1))


def frechet_distance(a: Moments, b: Moments) -> float:
    """Squared Frechet distance of two Gaussians, ``|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2))``.

    The trace of the root is the sum of the singular values of ``C_a^(1/2) C_b^(1/2)``, with both roots from symmetric
    eigenvalue decompositions: real and non-negative for any covariances, singular ones of few images included.

    Heusel et al., GANs trained by a two time-scale update rule, 2017.
    """
    root = torch.linalg.svdvals(_root(a.covariance) @ _root(b.covariance)).sum()
    distance = (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * root
    return max(float(distance), 0.0)


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    # Rounding leaves the zeros of a singular covariance slightly negative.
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.mT
    return root


class KernelDistance(NamedTuple):
    """Mean and standard deviation over random subsets."""

    mean: float
    sd: float


def kernel_distance(
    a: Tensor, b: Tensor, generator: torch.Generator, subset_size: int = 100, n_subsets: int = 100
) -> KernelDistance:
    """Unbiased squared maximum mean discrepancy with the kernel ``(x y / d + 1)^3`` (KID).

    Args:
        a: Features ``(n, d)``.
        b: Features ``(m, d)``.
        generator: Chooses the subsets.
        subset_size: Images in a subset; fewer where a set has fewer.
        n_subsets: Subsets that are averaged over.

    Binkowski et al., Demystifying MMD GANs, 2018.
    """
    a, b = a.double(), b.double()
    size = min(subset_size, len(a), len(b))
    values = []
    for _ in range(n_subsets):
        x, y = (features[torch.randperm(len(features), generator=generator)[:size]] for features in (a, b))
        values.append(_unbiased_mmd(x, y))
    spread = torch.stack(values)
    return KernelDistance(float(spread.mean()), float(spread.std()))


def _unbiased_mmd(x: Tensor, y: Tensor) -> Tensor:
    n = len(x)
    xx, yy, xy = (((p @ q.mT) / x.shape[1] + 1) ** 3 for p, q in ((x, x), (y, y), (x, y)))
    within = (xx.sum() - xx.trace() + yy.sum() - yy.trace()) / (n * (n - 1))
    return within - 2 * xy.mean()
