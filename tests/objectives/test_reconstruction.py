import math

import pytest
import torch

from qinr_lightning.objectives import reconstruction_loss, to_unit_interval


def test_bce_is_summed_over_pixels_and_averaged_over_images():
    """At logit 0 every pixel costs log 2, whatever the target."""
    target = torch.rand(3, 1, 28, 28, dtype=torch.float64)
    assert reconstruction_loss("bce", torch.zeros_like(target), target).item() == pytest.approx(
        784 * math.log(2), rel=1e-9
    )


def test_bce_equals_eq_11_pixel_by_pixel():
    logits, target = torch.randn(2, 1, 3, 3, dtype=torch.float64), torch.rand(2, 1, 3, 3, dtype=torch.float64)
    p = torch.sigmoid(logits)
    by_hand = -(target * p.log() + (1 - target) * (1 - p).log()).sum() / 2
    torch.testing.assert_close(reconstruction_loss("bce", logits, target), by_hand)


def test_mse_compares_probabilities():
    target = torch.full((2, 1, 2, 2), 0.5)
    assert reconstruction_loss("mse", torch.zeros_like(target), target).item() == 0
    assert reconstruction_loss("mse", torch.full_like(target, 100.0), target).item() == pytest.approx(4 * 0.25)


def test_targets_are_in_the_unit_interval():
    assert to_unit_interval(torch.tensor([-1.0, 0.0, 1.0])).tolist() == [0.0, 0.5, 1.0]
