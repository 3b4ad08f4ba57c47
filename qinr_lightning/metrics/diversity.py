"""How varied generated images are, and how much of the real variety they cover."""

from typing import NamedTuple

import torch
from torch import Tensor

NEIGHBOURS = 5
"""k of the k-nearest-neighbour balls."""
_DISTANCES_AT_ONCE = 2**24


class Manifold(NamedTuple):
    """How samples and real images lie in each other's k-nearest-neighbour balls."""

    precision: float
    """Fraction of samples inside some real image's ball."""
    recall: float
    """Fraction of real images inside some sample's ball."""
    density: float
    """Real balls a sample lies in, on average, over k; may exceed 1."""
    coverage: float
    """Fraction of real images whose ball holds a sample."""


def manifold(real: Tensor, samples: Tensor, k: int = NEIGHBOURS) -> Manifold:
    """Compare two sets of features, ``(n, d)`` and ``(m, d)``, both with more than k rows.

    Kynkäänniemi et al., Improved precision and recall metric, 2019; Naeem et al., Reliable fidelity and diversity
    metrics, 2020.
    """
    distances = torch.cdist(real.double(), samples.double())
    in_real = distances <= _radii(real, k)[:, None]
    in_samples = distances <= _radii(samples, k)[None, :]
    return Manifold(
        precision=float(in_real.any(0).double().mean()),
        recall=float(in_samples.any(1).double().mean()),
        density=float(in_real.double().sum(0).mean() / k),
        coverage=float(in_real.any(1).double().mean()),
    )


def _radii(features: Tensor, k: int) -> Tensor:
    """Distance of each row to its k-th nearest other row."""
    features = features.double()
    # Some rows at a time: all test images of all classes have tens of gigabytes of distances.
    parts = features.split(max(1, _DISTANCES_AT_ONCE // len(features)))
    return torch.cat([torch.cdist(part, features).kthvalue(k + 1, dim=1).values for part in parts])


def pairwise_distance(features: Tensor) -> float:
    """Mean Euclidean distance between two different rows of ``(n, d)``."""
    return float(torch.nn.functional.pdist(features.double()).mean())


def vendi_score(features: Tensor) -> float:
    """Effective number of different rows of ``(n, d)``: the exponential of the entropy of the similarity matrix.

    1 for n equal rows, n for n orthogonal ones; the similarity is the cosine.

    Friedman and Dieng, The Vendi score, 2023.
    """
    directions = torch.nn.functional.normalize(features.double(), dim=1)
    # The eigenvalues of the Gram matrix are the squared singular values, of which there are min(n, d).
    weights = torch.linalg.svdvals(directions).square() / len(directions)
    weights = weights[weights > 0]
    return float(torch.exp(-(weights * weights.log()).sum()))


def nearest(images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """For each image the root-mean-square pixel distance to its nearest among ``others`` and that one's position.

    Args:
        images: ``(n, channels, height, width)`` in [0, 1].
        others: ``(m, channels, height, width)`` in [0, 1].

    Returns:
        Distances ``(n,)`` in [0, 1] and positions ``(n,)``.
    """
    distances = torch.cdist(images.flatten(1).double(), others.flatten(1).double())
    values, positions = distances.min(1)
    return values / images[0].numel() ** 0.5, positions
