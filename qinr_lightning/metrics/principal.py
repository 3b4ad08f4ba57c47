"""Linear references: reconstructions from the first principal components."""

from collections.abc import Callable

import torch
from torch import Tensor


def principal_reconstruction(images: Tensor, n_components: int) -> Callable[[Tensor], Tensor]:
    """Fit principal components and reconstruct with them, cut off to [0, 1].

    Args:
        images: ``(n, ...)`` to fit.
        n_components: Numbers that describe an image beside the mean; as many as there are where that is fewer.

    Returns:
        Maps images to their reconstructions, of the same shape.
    """
    mean = images.flatten(1).double().mean(0)
    components = torch.linalg.svd(images.flatten(1).double() - mean, full_matrices=False).Vh[:n_components]

    def reconstruct(others: Tensor) -> Tensor:
        codes = (others.flatten(1).double() - mean) @ components.mT
        images: Tensor = (mean + codes @ components).clamp(0, 1)
        return images.to(others.dtype).view_as(others)

    return reconstruct
