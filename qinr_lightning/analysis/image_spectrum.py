"""Images by spatial frequency: how much power there is, and how much of their variance reconstructions explain."""

import torch
from torch import Tensor


def radial_frequencies(height: int, width: int) -> Tensor:
    """The spatial frequency of each Fourier coefficient of an image, rounded to whole cycles, ``(height, width)``.

    Cycles along the shorter side, so that the number of pixels to a cycle is the same in all directions.
    """
    y, x = (torch.fft.fftfreq(size, dtype=torch.float64) for size in (height, width))
    frequencies: Tensor = min(height, width) * (y[:, None].square() + x.square()).sqrt()
    return frequencies.round().long()


def power_spectrum(images: Tensor) -> Tensor:
    """Power by radial frequency, 0 to the finest that pixels have in every direction; the sum over a ring.

    The sum over all rings and the corners beyond them is the mean square of a pixel (Parseval).

    Args:
        images: ``(n, channels, height, width)``.

    Returns:
        Mean over images and channels, ``(min(height, width) // 2 + 1,)``.
    """
    height, width = images.shape[-2:]
    power = (torch.fft.fft2(images.double()).abs() / (height * width)).square().mean((0, 1))
    rings = radial_frequencies(height, width)
    n_rings = min(height, width) // 2 + 1
    inside = rings < n_rings
    return torch.zeros(n_rings, dtype=torch.float64).index_add(0, rings[inside], power[inside])


def explained_variance(images: Tensor, reconstructions: Tensor, mean: Tensor) -> Tensor:
    """Share of what images differ by from a mean image that their reconstructions have right, by radial frequency.

    1 where reconstructions are right, 0 where they are as far off as the mean image, negative where they are further.
    Power alone cannot say so: noise has high frequencies, too.

    Args:
        images: ``(n, channels, height, width)``.
        reconstructions: Of the same shape.
        mean: ``(channels, height, width)``.

    Returns:
        As :func:`power_spectrum`; 0 at frequencies at which the images do not differ from the mean.
    """
    left, differing = power_spectrum(images - reconstructions), power_spectrum(images - mean)
    return torch.where(differing > 0, 1 - left / differing, 0.0)
