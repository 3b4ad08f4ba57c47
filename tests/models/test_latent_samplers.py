"""What samplers draw has the distribution of what they were fitted to."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.models import GaussianMixtureSampler, KernelDensitySampler

MEAN = torch.tensor([1.0, -20.0, 300.0])
MIXING = torch.tensor([[1.0, 0.0, 0.0], [8.0, 6.0, 0.0], [0.0, 0.0, 0.02]])


def latents(n):
    return MEAN + torch.randn(n, 3, generator=torch.Generator().manual_seed(0)) @ MIXING.T


def draw(sampler, n, seed=0, points=None):
    return sampler.draw(n, latents(400) if points is None else points, torch.Generator().manual_seed(seed))


def test_a_single_gaussian_has_their_mean_and_covariance():
    drawn, points = draw(GaussianMixtureSampler(1), 20_000), latents(400)
    scale = points.std(0)
    torch.testing.assert_close((drawn.mean(0) - points.mean(0)) / scale, torch.zeros(3), atol=0.03, rtol=0)
    torch.testing.assert_close(drawn.T.corrcoef(), points.T.corrcoef(), atol=0.03, rtol=0)
    torch.testing.assert_close(drawn.std(0) / scale, torch.ones(3), atol=0.03, rtol=0)


def test_kernels_of_no_width_give_the_vectors_themselves_and_wider_ones_add_their_width():
    points = latents(400)
    copies = draw(KernelDensitySampler(1e-6), 50)
    assert torch.cdist(copies / points.std(0), points / points.std(0)).amin(1).max() < 1e-3
    wide = draw(KernelDensitySampler(2.0), 20_000)
    torch.testing.assert_close(wide.std(0) / points.std(0), torch.full((3,), 5.0).sqrt(), atol=0.05, rtol=0)


def test_clusters_stay_apart():
    points = torch.cat([latents(100), latents(100) + 1000])
    for sampler in (GaussianMixtureSampler(2), KernelDensitySampler(0.05)):
        drawn = draw(sampler, 200, points=points)
        assert ((drawn[:, 0] < 200) | (drawn[:, 0] > 800)).float().mean() > 0.95
        assert 0.3 < (drawn[:, 0] < 500).float().mean() < 0.7


@pytest.mark.parametrize("sampler", [GaussianMixtureSampler(), KernelDensitySampler()])
def test_draws_are_the_generators(sampler):
    assert torch.equal(draw(sampler, 9), draw(sampler, 9))
    assert not torch.equal(draw(sampler, 9), draw(sampler, 9, seed=1))


@pytest.mark.parametrize("sampler", [GaussianMixtureSampler(), KernelDensitySampler(), KernelDensitySampler(2.0)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_what_does_not_vary_stays(sampler, dtype):
    points = latents(50).to(dtype)
    points[:, 1] = 0.1  # As a latent dimension that the encoder does not use.
    drawn = draw(sampler, 9, points=points)
    assert (drawn[:, 1] == points[0, 1]).all()
    assert drawn[:, 0].unique().numel() == 9
    assert torch.equal(draw(sampler, 9, points=points[:1].expand(50, -1)), points[:1].expand(9, -1))


def test_the_first_draws_of_a_mixture_are_a_random_sample():
    """Not all of its first Gaussian."""
    points = torch.cat([latents(100), latents(100) + 1000])
    first = draw(GaussianMixtureSampler(2), 400, points=points)[:100, 0] < 500
    assert 30 < first.sum() < 70


def test_more_gaussians_than_vectors():
    with pytest.raises(SettingError, match=r"sampler\.n_components=10: must be at most 9, the training images"):
        draw(GaussianMixtureSampler(), 5, points=latents(9))
