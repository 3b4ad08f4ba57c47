import pytest
import torch
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from qinr_lightning.metrics import frechet_distance, kernel_distance, moments
from qinr_lightning.metrics.frechet import Moments, _unbiased_mmd


def gaussian(mean, variances):
    return Moments(torch.tensor(mean).double(), torch.diag(torch.tensor(variances).double()))


def test_closed_form_of_gaussians_with_a_common_basis():
    """|m_a - m_b|^2 plus the squared differences of the standard deviations."""
    a, b = gaussian([0.0, 1.0, 2.0], [1.0, 4.0, 9.0]), gaussian([1.0, 1.0, 0.0], [4.0, 4.0, 1.0])
    assert frechet_distance(a, b) == pytest.approx(5 + 1 + 0 + 4)


def test_rotating_both_sets_changes_nothing():
    x, y = torch.randn(2, 60, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = y * 2 + 1
    rotation = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64)).Q
    expected = frechet_distance(moments(x), moments(y))
    assert frechet_distance(moments(x @ rotation), moments(y @ rotation)) == pytest.approx(expected)


def test_agrees_with_torchmetrics():
    x, y = torch.randn(2, 300, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    a, b = moments(x), moments(0.5 * y + 0.3)
    expected = _compute_fid(a.mean, a.covariance, b.mean, b.covariance)
    assert frechet_distance(a, b) == pytest.approx(float(expected), rel=1e-9)


def test_fewer_images_than_features_is_finite_and_exact():
    """Both sets lie on a line in 500 dimensions: what is left is the distance of one-dimensional Gaussians."""
    direction = torch.nn.functional.normalize(torch.randn(500, dtype=torch.float64), dim=0)
    t = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    a, b = moments(t[:, None] * direction), moments((3 * t[:, None] + 2) * direction)
    assert frechet_distance(a, b) == pytest.approx(2**2 + (3 - 1) ** 2, rel=1e-6)


def test_a_set_is_at_distance_zero_from_itself():
    features = torch.randn(20, 64)
    assert frechet_distance(moments(features), moments(features)) == pytest.approx(0, abs=1e-9)


def test_kernel_distance_of_a_subset_is_that_of_torchmetrics():
    x, y = torch.randn(2, 40, 8, dtype=torch.float64)
    assert float(_unbiased_mmd(x, y)) == pytest.approx(float(poly_mmd(x, y)))


def test_kernel_distance_is_around_zero_for_one_distribution_and_above_for_two():
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 400, 8, generator=random)
    same = kernel_distance(x, y, random)
    other = kernel_distance(x, y + 1, random)
    # Over 40 seeds at most 0.8 standard deviations, and at least 7.
    assert abs(same.mean) < same.sd
    assert other.mean > 5 * other.sd
