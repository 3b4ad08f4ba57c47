import math

import pytest
import torch

from qinr_lightning.data import LabelledImages
from qinr_lightning.data.loading import batches
from qinr_lightning.metrics import ReconstructionMetrics, reconstruction_quality


def measure(reconstructions, images):
    metrics = ReconstructionMetrics()
    metrics.update(reconstructions, images)
    return metrics.compute()


def test_perfect_reconstruction():
    images = torch.rand(4, 1, 28, 28)
    quality = measure(images, images)
    assert quality["ssim"] == pytest.approx(1)
    assert quality["cosine"] == pytest.approx(1)


def test_psnr_pools_the_squared_error_over_images():
    """One image is off by 0.1, the other by 0.3: the mean square is 0.05, whatever each image's own PSNR is."""
    images = torch.full((2, 1, 28, 28), 0.5)
    reconstructions = images + torch.tensor([0.1, 0.3]).view(2, 1, 1, 1)
    assert measure(reconstructions, images)["psnr"] == pytest.approx(-10 * math.log10(0.05), rel=1e-5)


def test_cosine_is_the_mean_over_images():
    images = torch.zeros(2, 1, 28, 28)
    images[:, 0, 0, 0] = 1
    reconstructions = images.clone()
    reconstructions[1, 0, 0, 0], reconstructions[1, 0, 0, 1] = 1, 1
    assert measure(reconstructions, images)["cosine"] == pytest.approx((1 + math.sqrt(0.5)) / 2, rel=1e-5)


def test_ssim_of_constant_images_is_its_luminance_term():
    a, b = torch.full((1, 1, 28, 28), 0.2), torch.full((1, 1, 28, 28), 0.8)
    c1 = 0.01**2
    assert measure(a, b)["ssim"] == pytest.approx((2 * 0.2 * 0.8 + c1) / (0.2**2 + 0.8**2 + c1), rel=1e-4)


def test_batches_do_not_matter():
    data = LabelledImages(torch.randint(0, 256, (50, 1, 28, 28), dtype=torch.uint8), torch.zeros(50, dtype=torch.long))

    def halve(images):
        return (images + 1) / 4

    device = torch.device("cpu")
    whole, parts = (reconstruction_quality(halve, batches(data, size), device) for size in (50, 7))
    assert whole == pytest.approx(parts, rel=1e-5)
