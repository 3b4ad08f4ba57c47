"""Coordinate decoders as generators: images of theirs in [-1, 1], a size that knows no pixels, gradients, refusals."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.models import WassersteinGAN
from qinr_lightning.networks import (
    CoordinateCircuit,
    CoordinateGenerator,
    CoordinateMFN,
    CoordinateMLP,
    CoordinateRFF,
    CoordinateSIREN,
    Critic,
)
from qinr_lightning.quantum import ReuploadingCircuit


def of_circuit(image_shape=(1, 6, 8), backend="statevector", **options):
    circuit = ReuploadingCircuit(2, 2, 1, "z_zz", learnable_scales=False, backend=backend)
    options = {"n_parameters": None, "embedding_dim": 4, "pixels_per_step": None} | options
    return CoordinateCircuit(circuit, 3, image_shape, **options)


def twin(kind):
    return lambda image_shape=(1, 6, 8), **options: kind(
        3, image_shape, n_parameters=300, **({"pixels_per_step": None} | options)
    )


FIELDS = [of_circuit, *map(twin, (CoordinateMFN, CoordinateMLP, CoordinateRFF, CoordinateSIREN))]
FIELDS = [
    pytest.param(make, id=name) for make, name in zip(FIELDS, ("circuit", "mfn", "mlp", "rff", "siren"), strict=True)
]


@pytest.fixture
def gan():
    """Makes a GAN in double precision, as after some training: the warp moves something."""

    def make(field):
        torch.manual_seed(1)
        lr_quantum = 1e-3 if isinstance(field, CoordinateCircuit) else None
        model = WassersteinGAN(field, Critic(field.image_shape, [8]), 1e-3, lr_quantum, latent="normal").double()
        torch.nn.init.normal_(model.generator.field.warp.weight, std=0.1)
        for _ in range(3):
            model.generator(model.draw_latent(20, None))
        return model

    return make


@pytest.mark.parametrize("make", FIELDS)
def test_images_are_the_fields_in_minus_one_to_one(make):
    generator = CoordinateGenerator(make((3, 5, 4))).double().eval()
    z = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(generator(z), 2 * torch.sigmoid(generator.field(z)) - 1)
    assert (generator.latent_dim, generator.image_shape) == (3, (3, 5, 4))


@pytest.mark.parametrize("make", FIELDS)
def test_more_pixels_are_no_more_parameters(make):
    small, large = (
        sum(parameter.numel() for parameter in CoordinateGenerator(make(shape)).parameters())
        for shape in ((1, 4, 4), (1, 64, 48))
    )
    assert small == large


@pytest.mark.parametrize("make", FIELDS)
def test_samples_of_any_size_show_the_same(make, gan):
    """The middle pixel of each three by three is the pixel of the sample that is a third as large."""
    model = gan(make()).eval()
    with torch.inference_mode():
        native, larger = (model.sample(3, torch.Generator().manual_seed(0), size) for size in (None, (18, 24)))
    assert (native.shape, larger.shape) == ((3, 1, 6, 8), (3, 1, 18, 24))
    torch.testing.assert_close(larger[..., 1::3, 1::3], native)


@pytest.mark.parametrize("make", FIELDS)
def test_the_critics_gradient_reaches_every_parameter(make, gan):
    model = gan(make())
    model.critic(model.generator(model.draw_latent(6, None))).sum().backward()
    for name, parameter in model.generator.named_parameters():
        # What the embedding's bias adds, normalisation over the batch takes away.
        assert name == "field.embed.0.bias" or parameter.grad.abs().max() > 1e-9, name


def test_gradients_in_double_precision(gan):
    model = gan(of_circuit((1, 2, 3))).eval()
    torch.autograd.gradcheck(model.generator, torch.randn(2, 3, dtype=torch.float64, requires_grad=True))
    model.generator.train()
    z = torch.randn(3, 3, dtype=torch.float64)
    torch.autograd.gradcheck(lambda *_: model.generator(z), tuple(model.generator.parameters()), fast_mode=True)


def test_both_backends_make_the_same_images_and_gradients():
    z, weights = torch.randn(3, 3, dtype=torch.float64), torch.randn(3, 1, 2, 3, dtype=torch.float64)
    images, gradients, state = [], [], None
    for backend in ("statevector", "pennylane"):
        generator = CoordinateGenerator(of_circuit((1, 2, 3), backend)).double()
        state = state or generator.state_dict()
        generator.load_state_dict(state)
        images.append(generator(z))
        (weights * images[-1]).sum().backward()
        gradients.append({name: parameter.grad for name, parameter in generator.named_parameters()})
    torch.testing.assert_close(*images)
    torch.testing.assert_close(*gradients)


def test_a_step_renders_all_pixels(gan):
    model = gan(of_circuit())
    assert model.circuit_runs(5) == 5 * 48
    with pytest.raises(SettingError, match=r"pixels_per_step=12: must be null: the critic of a GAN sees all 48 pixels"):
        gan(of_circuit(pixels_per_step=0.25))
