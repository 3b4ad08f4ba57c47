"""Generators of the compared GANs: counts, post-processing, ranges and what wrong settings are answered with."""

import pytest
import torch
from torch import nn

from qinr_lightning.errors import SettingError
from qinr_lightning.models import count_parameters
from qinr_lightning.networks import Critic, HybridGenerator, LinearHeadGenerator, MirroredGenerator, PatchGenerator
from qinr_lightning.networks.generators import patch_pixels
from qinr_lightning.quantum import ReuploadingCircuit


def hybrid(n_hidden: int = 0, n_reuploads: int = 1) -> HybridGenerator:
    """With the circuit of QINR-QGAN."""
    return HybridGenerator(ReuploadingCircuit(n_reuploads=n_reuploads, learnable_scales=False), n_hidden)


def n_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("make", "quantum", "classical"),
    [
        (lambda: PatchGenerator(28, 6, 4), 2016, 0),
        (lambda: PatchGenerator(4, 10, 30), 3600, 0),
        (lambda: PatchGenerator(16, 7, 6, patch_shape=(7, 7)), 2016, 0),
        (lambda: LinearHeadGenerator(PatchGenerator(28, 6, 2)), 1008, 734_736),
        (lambda: hybrid(), 72, 42 + 399_760),
        (lambda: hybrid(2, n_reuploads=2), 324, 3 * 42 + 399_760),
        (lambda: MirroredGenerator(), 40, 11 * 784),
        (lambda: MirroredGenerator(7, 48, "rot"), 1008, 8 * 784),
    ],
    ids=["pqwgan", "pqwgan-fashion", "squares", "anogan", "qinr-qgan", "qinr-qgan-324", "herr", "herr-1008"],
)
def test_published_counts_and_images(make, quantum, classical):
    generator = make()
    assert count_parameters(generator) == {"quantum": quantum, "classical": classical}
    images = generator(torch.rand(3, generator.latent_dim))
    assert images.shape == (3, 1, 28, 28)
    images.square().sum().backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())


def test_published_critic():
    critic = Critic()
    assert n_parameters(critic) == 533_505
    assert critic(torch.rand(3, 1, 28, 28)).shape == (3,)


def test_patches_against_a_straightforward_loop():
    """Number by number: keep ancilla 0, divide by the sum, then by the maximum, to [-1, 1], and the first pixels."""
    generator = PatchGenerator(28, 6, 2).double()
    z = torch.rand(4, 6, dtype=torch.float64)
    images = generator(z)
    with torch.no_grad():
        probabilities = generator.circuits(z)
    for sample in range(4):
        rows = []
        for patch in range(28):
            kept = [float(p) for p in probabilities[sample, patch]][:32]
            shares = [p / sum(kept) for p in kept]
            rows.append([2 * (share / max(shares) - 0.5) for share in shares][:28])
        torch.testing.assert_close(images[sample, 0], torch.tensor(rows, dtype=torch.float64), rtol=0, atol=1e-10)


def test_square_patches_are_laid_row_by_row():
    generator = PatchGenerator(4, 4, 1, image_shape=(1, 4, 6), patch_shape=(2, 3)).double()
    z = torch.rand(2, 4, dtype=torch.float64)
    pixels = patch_pixels(generator.circuits(z), 6)
    image = generator(z)[:, 0]
    for patch, (row, column) in enumerate([(0, 0), (0, 3), (2, 0), (2, 3)]):
        block = image[:, row : row + 2, column : column + 3]
        torch.testing.assert_close(block.flatten(1), pixels[:, patch], rtol=0, atol=0)


def test_gradient_flows_through_the_maximum():
    probabilities = torch.rand(2, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: patch_pixels(p, 3), probabilities)


def test_hybrid_layers_have_circuits_of_their_own():
    first, second, third = (layer.rotations for layer in hybrid(2).hybrid if isinstance(layer, ReuploadingCircuit))
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)


def test_a_hybrid_layer_takes_any_circuit():
    generator = HybridGenerator(ReuploadingCircuit(4, readout="xyz_zz"), n_hidden=1)
    assert generator(torch.rand(3, 6)).shape == (3, 1, 28, 28)


def test_a_latent_without_variance_gives_identical_images():
    for generator in (PatchGenerator(28, 6, 1), hybrid(), MirroredGenerator(4, 2)):
        images = generator.double()(torch.rand(1, generator.latent_dim, dtype=torch.float64).expand(5, -1))
        # Equal up to the rounding of vectorised sums.
        torch.testing.assert_close(images, images[:1].expand_as(images), rtol=0, atol=1e-10)


def test_images_of_the_linear_generators_lie_in_an_affine_space_of_six_dimensions():
    images = hybrid().double()(torch.rand(50, 6, dtype=torch.float64)).flatten(1)
    assert torch.linalg.matrix_rank(images - images.mean(0), rtol=1e-9) <= 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PatchGenerator(27), "n_patches=27: must divide the image's 784 pixels"),
        (lambda: PatchGenerator(4, 8), "n_qubits=8: a patch has 196 pixels, which takes at least 9 qubits"),
        (
            lambda: PatchGenerator(16, 7, patch_shape=(4, 4)),
            r"patch_shape=\[4, 4\]: must tile an image of 1x28x28",
        ),
        (lambda: MirroredGenerator(n_layers=3), "n_layers=3: must be even and at least 2: the second half mirrors"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(SettingError, match=message):
        make()
