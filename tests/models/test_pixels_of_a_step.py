"""Training on a random part of the pixels, as coordinate decoders do."""

import pytest
import torch

from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.networks import CoordinateCircuit, Encoder, GaussianEncoder
from qinr_lightning.objectives import CapacityControl
from qinr_lightning.quantum import ReuploadingCircuit


def decoder(image_shape, pixels_per_step):
    circuit = ReuploadingCircuit(3, 2, 1, "z_zz", learnable_scales=False)
    return CoordinateCircuit(
        circuit, 8, image_shape, n_parameters=None, embedding_dim=4, pixels_per_step=pixels_per_step
    )


@pytest.mark.parametrize("share", [12, 1 / 3])
def test_a_step_decodes_some_pixels_and_its_loss_is_right_on_average(share):
    """Over all ways to draw: the parts of a permutation have the loss of the whole image between them."""
    model = QINRAutoencoder(Encoder((1, 6, 6), 8, (4,)), decoder((1, 6, 6), share))
    model = model.double().eval()
    images, permutation = torch.rand(5, 1, 6, 6, dtype=torch.float64), torch.randperm(36)
    with torch.no_grad():
        whole = model.loss(images).total
        model._pixel_draws = torch.Generator()
        with pytest.MonkeyPatch.context() as patch:
            losses = []
            for part in permutation.split(12):
                patch.setattr(torch, "randperm", lambda n, part=part, **_: torch.cat([part, part]))
                losses.append(model.loss(images).total)
    assert len(set(losses)) == 3
    torch.testing.assert_close(torch.stack(losses).mean(), whole)


def test_pixels_are_drawn_anew_and_a_resumed_run_draws_the_same(interrupted):
    drawn = []

    def make():
        torch.manual_seed(0)
        made = decoder((1, 28, 28), 20)
        at = made.at_pixels
        made.at_pixels = lambda z, pixels: (drawn.append(pixels), at(z, pixels))[1]
        return QINRVAE(GaussianEncoder(channels=(4, 8)), made, CapacityControl())

    whole, resumed = interrupted(make)
    assert torch.equal(whole, resumed)
    assert {len(set(pixels.tolist())) for pixels in drawn} == {20}
    # 4 epochs of 3 steps in one go, the last two of them again.
    assert len(drawn) == 18
    assert len({tuple(pixels.tolist()) for pixels in drawn}) == 12
