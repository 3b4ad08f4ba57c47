import pytest
import torch
from torch_fidelity.metric_prc import calculate_precision_recall_full

from qinr_lightning.metrics import NEIGHBOURS, manifold, nearest, pairwise_distance, vendi_score


def test_vendi_score_counts_different_directions():
    assert vendi_score(torch.ones(7, 3)) == pytest.approx(1)
    assert vendi_score(torch.eye(5)) == pytest.approx(5)
    assert vendi_score(torch.eye(2).repeat(10, 1)) == pytest.approx(2)
    # Two directions, one of them three times as often: the exponential of the entropy of (3/4, 1/4).
    weights = torch.tensor([0.75, 0.25])
    expected = torch.exp(-(weights * weights.log()).sum())
    assert vendi_score(torch.eye(2)[[0, 0, 0, 1]]) == pytest.approx(float(expected))


def test_pairwise_distance():
    assert pairwise_distance(torch.tensor([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(5)
    assert pairwise_distance(torch.ones(4, 2)) == 0


def test_nearest_finds_a_copy():
    images = torch.rand(6, 1, 4, 4)
    distances, positions = nearest(images[[4, 2]], images)
    assert positions.tolist() == [4, 2]
    assert distances == pytest.approx(torch.zeros(2), abs=1e-6)
    assert float(nearest(torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), 0.5))[0]) == pytest.approx(0.5)


def test_the_same_images_cover_everything():
    real = torch.randn(50, 3)
    same = manifold(real, real)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    # Each ball holds its own image and its k nearest.
    assert same.density == pytest.approx((NEIGHBOURS + 1) / NEIGHBOURS)


def test_far_away_samples_cover_nothing():
    assert manifold(torch.randn(50, 3), torch.randn(50, 3) + 100) == (0, 0, 0, 0)


def test_a_collapsed_model_is_precise_and_covers_little():
    real = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    collapsed = manifold(real, real[:1].expand(200, -1))
    assert collapsed.precision == 1
    assert collapsed.recall < 0.05
    assert collapsed.coverage < 0.1


def test_precision_and_recall_agree_with_torch_fidelity():
    random = torch.Generator().manual_seed(0)
    real, samples = torch.randn(80, 4, generator=random), 0.7 * torch.randn(60, 4, generator=random)
    ours = manifold(real, samples, k=3)
    assert [ours.precision, ours.recall] == pytest.approx(calculate_precision_recall_full(samples, real, 3))


def test_of_many_images_the_distances_are_taken_some_rows_at_a_time(monkeypatch):
    random = torch.Generator().manual_seed(0)
    real, samples = torch.randn(80, 4, generator=random), 0.7 * torch.randn(60, 4, generator=random)
    whole = manifold(real, samples)
    monkeypatch.setattr("qinr_lightning.metrics.diversity._DISTANCES_AT_ONCE", 1000)
    assert manifold(real, samples) == pytest.approx(whole)
