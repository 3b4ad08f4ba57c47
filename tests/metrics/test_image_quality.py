import math

import pytest
import torch
from torchmetrics import CosineSimilarity

from qinr_lightning.metrics import image_quality


def test_perfect_reconstruction():
    images = torch.rand(4, 1, 28, 28, dtype=torch.float64)
    quality = image_quality(images, images)
    assert quality["ssim"] == pytest.approx(1)
    assert quality["cosine"] == pytest.approx(1)


def test_psnr_pools_the_squared_error_over_images():
    """One image is off by 0.1, the other by 0.3: the mean square is 0.05, whatever each image's own PSNR is."""
    images = torch.full((2, 1, 28, 28), 0.5)
    reconstructions = images + torch.tensor([0.1, 0.3]).view(2, 1, 1, 1)
    assert image_quality(reconstructions, images)["psnr"] == pytest.approx(-10 * math.log10(0.05), rel=1e-5)


def test_cosine_is_the_mean_over_images():
    images = torch.zeros(2, 1, 28, 28)
    images[:, 0, 0, 0] = 1
    reconstructions = images.clone()
    reconstructions[1, 0, 0, 0], reconstructions[1, 0, 0, 1] = 1, 1
    assert image_quality(reconstructions, images)["cosine"] == pytest.approx((1 + math.sqrt(0.5)) / 2, rel=1e-5)


def test_a_black_image_is_orthogonal_to_every_other():
    images = torch.rand(3, 1, 28, 28)
    with_black = torch.cat([images, torch.zeros(1, 1, 28, 28)])
    assert image_quality(with_black, with_black)["cosine"] == pytest.approx(3 / 4)
    assert image_quality(with_black[-1:], images[:1])["cosine"] == 0


def test_cosine_of_other_images_is_that_of_torchmetrics():
    images, targets = torch.rand(2, 50, 3, 20, 20)
    metric = CosineSimilarity(reduction="mean")
    expected = float(metric(images.flatten(1), targets.flatten(1)))
    assert image_quality(images, targets)["cosine"] == pytest.approx(expected, abs=1e-7)


def test_ssim_of_constant_images_is_its_luminance_term():
    # In double precision: the variances are differences of equal numbers, beside small constants.
    a, b = (torch.full((1, 1, 28, 28), grey, dtype=torch.float64) for grey in (0.2, 0.8))
    c1 = 0.01**2
    assert image_quality(a, b)["ssim"] == pytest.approx((2 * 0.2 * 0.8 + c1) / (0.2**2 + 0.8**2 + c1), rel=1e-6)


def test_batches_do_not_matter():
    images, targets = torch.rand(2, 50, 1, 28, 28, dtype=torch.float64)
    whole, parts = (image_quality(images, targets, batch_size=size) for size in (50, 7))
    assert whole == pytest.approx(parts, rel=1e-5)
