import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as reference

from qinr_lightning.objectives import BetaWarmup, CapacityControl, ConstantBeta, kl_divergence
from qinr_lightning.objectives.kl import with_free_bits


def test_divergence_equals_the_reference():
    mu, logvar = torch.randn(5, 8, dtype=torch.float64), torch.randn(5, 8, dtype=torch.float64)
    expected = reference(Normal(mu, torch.exp(logvar / 2)), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mu, logvar), expected)


def test_divergence_vanishes_at_the_prior_only():
    assert kl_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).abs().max() == 0
    assert (kl_divergence(torch.tensor([[0.1, 0.0]]), torch.tensor([[0.0, 0.1]])) > 0).all()


def test_free_bits_bound_dimensions_from_below():
    kl = torch.tensor([[0.0, 2.0], [0.4, 4.0]])
    assert with_free_bits(kl, 0.0).item() == pytest.approx(0.2 + 3.0)
    assert with_free_bits(kl, 0.5, "batch").item() == pytest.approx(0.5 + 3.0)
    assert with_free_bits(kl, 0.3, "sample").item() == pytest.approx((0.3 + 2.0 + 0.4 + 4.0) / 2)


def test_free_bits_stop_the_gradient_of_bounded_dimensions():
    kl = torch.tensor([[0.1, 2.0]], requires_grad=True)
    with_free_bits(kl, 0.5).backward()
    assert kl.grad.tolist() == [[0.0, 1.0]]


def test_warmup_follows_algorithm_2():
    schedule = BetaWarmup(beta=1.0, warmup_epochs=5)
    assert [schedule.weight(epoch) for epoch in range(1, 8)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])
    assert schedule.state(1) == {"kl/beta": pytest.approx(0.2)}


@pytest.mark.parametrize("epoch", [1, 3, 10])
def test_beta_weights_the_divergence(epoch):
    kl = torch.rand(4, 8, dtype=torch.float64)
    schedule = BetaWarmup(beta=3.0, warmup_epochs=10)
    assert schedule.penalty(kl, epoch).item() == pytest.approx(3.0 * epoch / 10 * kl.sum(1).mean().item())
    assert ConstantBeta(3.0).penalty(kl, epoch) == schedule.penalty(kl, 10)


def test_capacity_grows_to_its_maximum():
    schedule = CapacityControl(max_capacity=12, warmup_epochs=10)
    capacities = [schedule.capacity(epoch) for epoch in range(1, 15)]
    assert capacities == sorted(capacities)
    assert capacities[0] == pytest.approx(1.2)
    assert capacities[9:] == [12.0] * 5
    assert CapacityControl(max_capacity=7, warmup_epochs=0).capacity(1) == 7


def test_capacity_penalty_vanishes_at_the_capacity_and_pulls_towards_it():
    schedule = CapacityControl(max_capacity=8, warmup_epochs=0, gamma=20, free_bits=0.25)
    at = torch.ones(4, 8)
    assert schedule.penalty(at, 1).item() == 0
    assert schedule.penalty(at * 1.5, 1).item() == pytest.approx(20 * 4)
    assert schedule.penalty(at * 0.5, 1).item() == pytest.approx(20 * 4)
    # All dimensions at 0 count as 8 x 0.25 nats.
    assert schedule.penalty(at * 0, 1).item() == pytest.approx(20 * 6)
