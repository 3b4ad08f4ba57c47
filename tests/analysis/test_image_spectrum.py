"""Power and explained variance by spatial frequency, of images that are known."""

import math

import pytest
import torch

from qinr_lightning.analysis.image_spectrum import explained_variance, power_spectrum, radial_frequencies


def test_a_wave_is_at_its_frequency():
    y, x = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    wave = torch.cos(2 * math.pi * (3 * x + 4 * y) / 28).expand(2, 1, 28, 28)
    power = power_spectrum(wave)
    assert power[5].item() == pytest.approx(0.5)
    assert power.sum().item() == pytest.approx(0.5)
    assert len(power) == 15


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 9, 14)])
def test_all_power_is_the_mean_square(shape):
    images = torch.randn(shape, dtype=torch.float64)
    size = shape[-2:]
    spectrum = torch.fft.fft2(images).abs().square().mean((0, 1)) / math.prod(size) ** 2
    in_corners = spectrum[radial_frequencies(*size) > min(size) // 2].sum()
    assert (power_spectrum(images).sum() + in_corners).item() == pytest.approx(images.square().mean().item())


def test_explained_variance():
    images, mean = torch.rand(20, 1, 16, 16), torch.full((1, 16, 16), 0.5)
    assert explained_variance(images, images, mean).tolist() == pytest.approx([1] * 9)
    assert explained_variance(images, mean.expand_as(images), mean).tolist() == pytest.approx([0] * 9)
    # What is left out above 4 cycles is not explained, whatever power is put in its place.
    spectrum = torch.fft.fft2(images) * (radial_frequencies(16, 16) <= 4)
    low = torch.fft.ifft2(spectrum).real
    assert explained_variance(images, low, mean).tolist() == pytest.approx([1] * 5 + [0] * 4, abs=1e-5)
    noise = torch.fft.ifft2(torch.fft.fft2(torch.rand(20, 1, 16, 16)) * (radial_frequencies(16, 16) > 4)).real
    assert explained_variance(images, low + noise, mean)[5:].max() < -0.5
