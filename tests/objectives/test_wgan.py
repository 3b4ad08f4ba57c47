"""The Wasserstein objective against critics whose gradient is known."""

import pytest
import torch

from qinr_lightning.objectives import generator_loss, gradient_penalty, wasserstein_estimate


def draws():
    return torch.Generator().manual_seed(0)


def test_penalty_of_a_linear_critic_is_that_of_its_slope():
    slope = torch.randn(1, 28, 28, dtype=torch.float64)
    real, fake = torch.rand(2, 4, 1, 28, 28, dtype=torch.float64)
    penalty = gradient_penalty(lambda x: (x * slope).flatten(1).sum(1), real, fake, draws())
    assert penalty.item() == pytest.approx((slope.norm().item() - 1) ** 2, rel=1e-6)


def test_penalty_of_a_quadratic_critic_is_that_of_the_points_between():
    """D(x) = |x|^2 / 2 has the gradient x, so the penalty shows where it was taken: one epsilon for each pair."""
    real, fake = torch.rand(2, 6, 1, 3, 2, dtype=torch.float64)
    penalty = gradient_penalty(lambda x: x.square().flatten(1).sum(1) / 2, real, fake, draws())
    epsilon = torch.rand(6, 1, 1, 1, generator=draws(), dtype=torch.float64)
    norms = (epsilon * real + (1 - epsilon) * fake).flatten(1).norm(dim=1)
    assert penalty.item() == pytest.approx((norms - 1).square().mean().item(), rel=1e-6)


def test_penalty_trains_the_critic_alone():
    slope = torch.ones((), dtype=torch.float64, requires_grad=True)
    real = torch.rand(4, 1, 2, 2, dtype=torch.float64)
    fake = torch.rand(4, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    gradient_penalty(lambda x: slope * x.flatten(1).sum(1), real, fake, draws()).backward()
    # (2 s - 1)^2 in four pixels.
    assert slope.grad.item() == pytest.approx(4 * (2 * 1 - 1), rel=1e-6)
    assert fake.grad is None


def test_penalty_of_a_flat_critic_has_a_derivative():
    slope = torch.zeros((), requires_grad=True)
    penalty = gradient_penalty(lambda x: slope * x.flatten(1).sum(1), torch.rand(3, 1, 2, 2), torch.rand(3, 1, 2, 2))
    penalty.backward()
    # The norm is the root of 1e-8.
    assert penalty.item() == pytest.approx((1e-4 - 1) ** 2)
    assert slope.grad.isfinite()


def test_losses():
    real, fake = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 0.0])
    assert wasserstein_estimate(real, fake).item() == 3.5
    assert generator_loss(fake).item() == -0.5
