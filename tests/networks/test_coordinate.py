"""Coordinate decoders: every pixel is decoded by itself, sizes are met, any circuit and any image shape will do."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.models import count_parameters
from qinr_lightning.networks import (
    CoordinateCircuit,
    CoordinateMFN,
    CoordinateMLP,
    CoordinateRFF,
    CoordinateSIREN,
    LowRankDecoder,
    TanhStandIn,
)
from qinr_lightning.networks import coordinate as module
from qinr_lightning.networks.coordinate import fourier_features, pixel_centres
from qinr_lightning.networks.sizes import pairs_of_widths
from qinr_lightning.quantum import AnsatzCircuit, BlockCircuit, Gate, Input, ReuploadingCircuit

TWINS = [CoordinateMFN, CoordinateMLP, CoordinateRFF, CoordinateSIREN]


def circuit(n_qubits=6, n_reuploads=4, **options):
    return ReuploadingCircuit(n_qubits, n_reuploads, 1, "z_zz", learnable_scales=False, **options)


def tiny(n_qubits=3, **options):
    return CoordinateCircuit(circuit(n_qubits, 2), n_parameters=None, embedding_dim=4, **options)


def several(**options):
    return tiny(2, n_circuits=2, **options)


DECODERS = [tiny, several, *TWINS]


def n_parameters(part):
    return sum(parameter.numel() for parameter in part.parameters())


def moved(decoder):
    """As after some training: statistics of batches, a warp that moves something, the evaluation mode."""
    torch.manual_seed(1)
    if decoder.warp is not None:
        torch.nn.init.normal_(decoder.warp.weight, std=0.1)
    for _ in range(3):
        decoder(torch.randn(20, decoder.latent_dim).to(decoder.bias.weight.dtype))
    return decoder.eval()


def test_pixels_of_any_size_are_parts_of_the_same_square():
    p = pixel_centres(2, 4, like=torch.empty(0))
    assert p[:4].tolist() == [[-0.75, -0.5], [-0.25, -0.5], [0.25, -0.5], [0.75, -0.5]]
    of_three = pixel_centres(6, 12, like=p).view(6, 12, 2)[1::3, 1::3].reshape(-1, 2)
    torch.testing.assert_close(of_three, p)


def test_features_of_a_coordinate():
    p = torch.tensor([0.5, -1.0])
    sines, cosines = (f(torch.pi / 2 * torch.tensor([0.5, 1.0, -1.0, -2.0])) for f in (torch.sin, torch.cos))
    torch.testing.assert_close(fourier_features(p, 2), torch.cat([p, sines, cosines]))


@pytest.mark.parametrize("make", DECODERS)
@pytest.mark.parametrize("warp", ["none", "affine"])
def test_every_pixel_is_decoded_by_itself(make, warp):
    """Some pixels in another order are those of the whole image, and images do not know of each other."""
    decoder = moved(make(image_shape=(3, 7, 5), warp=warp).double())
    z, pixels = torch.randn(4, 8, dtype=torch.float64), torch.randperm(35)[:11]
    whole = decoder(z)
    assert whole.shape == (4, 3, 7, 5)
    torch.testing.assert_close(decoder.at_pixels(z, pixels), whole.flatten(2)[..., pixels])
    torch.testing.assert_close(decoder(z[[2]]), whole[[2]])


@pytest.mark.parametrize("at_once", [1, 10, 40, 100])
def test_in_parts_as_in_one_go(at_once, monkeypatch):
    decoder = moved(tiny(image_shape=(1, 6, 6)).double())
    z = torch.randn(5, 8, dtype=torch.float64)
    whole = decoder(z)
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    torch.testing.assert_close(decoder(z), whole)
    assert decoder.circuit_runs(5) == min(at_once, 180)


@pytest.mark.parametrize("make", DECODERS)
def test_the_warp_moves_nothing_at_first_and_depends_on_z_later(make):
    decoder, z = make(image_shape=(1, 6, 6)).double().eval(), torch.randn(2, 8, dtype=torch.float64)
    warped = decoder(z)
    warp, decoder.warp = decoder.warp, None
    torch.testing.assert_close(warped, decoder(z))
    torch.nn.init.normal_(warp.weight)
    decoder.warp = warp
    assert (decoder(z) - warped).abs().amax((1, 2, 3)).min() > 1e-3


def test_the_warp_is_an_affine_map():
    """p' = p + M p + m, with the numbers of T(e) row by row."""
    decoder = CoordinateSIREN(image_shape=(1, 6, 6)).double().eval()
    torch.nn.init.zeros_(decoder.warp.weight)
    decoder.warp.bias.data = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], dtype=torch.float64)
    z, p = torch.randn(2, 8, dtype=torch.float64), torch.rand(7, 2, dtype=torch.float64)
    warped = decoder.at(z, p)
    matrix, shift = torch.tensor([[1.1, 0.2], [0.4, 1.5], [0.3, 0.6]], dtype=torch.float64).split([2, 1])
    decoder.warp = None
    torch.testing.assert_close(warped, decoder.at(z, p @ matrix.T + shift))


def test_angles_are_a_part_of_the_coordinate_and_one_of_the_latent_vector():
    decoder = CoordinateCircuit(circuit(3, 2), n_parameters=None, embedding_dim=4, omega_p=5.0, omega_z=7.0).double()
    gamma, e = torch.randn(2, 9, 14, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    angles = decoder.angles(gamma, e)
    assert angles.shape == (2, 9, 1, 2, 3)
    weights, bias = decoder.of_coordinate.weight, decoder.of_coordinate.bias
    expected = 5 * (weights @ gamma[1, 4] + bias) + 7 * (decoder.of_latent.weight @ e[1])
    torch.testing.assert_close(angles[1, 4].flatten(), expected)


def test_several_circuits_are_the_same_one_with_other_angles():
    """Their values stand side by side; a circuit of one encoding takes a set without an axis for encodings."""
    for n_reuploads in (1, 2):
        of_two = circuit(2, n_reuploads).double()
        decoder = CoordinateCircuit(of_two, n_parameters=None, embedding_dim=4, n_circuits=3).double()
        gamma, e = torch.randn(5, 9, 14, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
        angles = decoder.angles(gamma, e)
        values = decoder.features(torch.empty(0), gamma, e)
        assert values.shape == (5, 9, 3 * 3)
        for number, some in enumerate(values.split(3, -1)):
            torch.testing.assert_close(some, of_two(angles[:, :, number].flatten(0, 1)).view(5, 9, 3))


def test_several_circuits_are_counted():
    decoder = CoordinateCircuit(circuit(2, 1), n_circuits=12, n_parameters=2000, image_shape=(1, 4, 4))
    assert n_parameters(decoder) == pytest.approx(2000, rel=0.02)
    assert decoder.circuit_runs(3) == 3 * 4 * 12
    assert decoder.eval().circuit_runs(3) == 3 * 16 * 12
    assert decoder.bytes_at_a_coordinate() == decoder.circuit.bytes_needed(12)


def test_gradients_in_double_precision():
    decoder = moved(tiny(2, image_shape=(1, 2, 3), n_octaves=1).double())
    z = torch.randn(2, 8, dtype=torch.float64, requires_grad=True)
    p = torch.rand(3, 2, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(decoder.at, (z, p))
    decoder.train()
    # Training normalises over the batch; the parameters are inputs of the check because they are leaves.
    torch.autograd.gradcheck(lambda *_: decoder(z.detach()), tuple(decoder.parameters()), fast_mode=True)


def test_default_sizes_of_the_circuits_decoder():
    """Embedding, output weights, warp, bias, angles of coordinate and latent vector, rotations: 1,753."""
    decoder = CoordinateCircuit(circuit())
    expected = 20 * (8 + 3) + 21 * 22 + 21 * 6 + 15 + 24 * 15 + 24 * 20 + 5 * 6 * 3
    assert expected == n_parameters(decoder) == 1753
    assert count_parameters(decoder) == {"classical": 1663, "quantum": 90}
    assert n_parameters(CoordinateCircuit(circuit(), image_shape=(1, 112, 112))) == 1753


@pytest.mark.parametrize("wanted", [600, 1200, 2400, 4800, 9600])
@pytest.mark.parametrize("options", [{}, {"image_shape": (3, 78, 64), "warp": "none", "n_octaves": 2, "latent_dim": 5}])
def test_sizes_of_the_frontier_are_met(wanted, options):
    for make in TWINS:
        decoder = make(n_parameters=wanted, **options)
        assert n_parameters(decoder) == pytest.approx(wanted, rel=0.02)
        assert abs(decoder.embedding_dim - decoder.width) < 0.2 * decoder.width + 4


@pytest.mark.parametrize(("wanted", "n_qubits"), [(600, 4), (1200, 6), (2400, 6), (4800, 6), (9600, 6)])
def test_sizes_of_the_frontier_are_met_by_the_circuits_decoder(wanted, n_qubits):
    decoder = CoordinateCircuit(circuit(n_qubits), n_parameters=wanted)
    assert n_parameters(decoder) == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("wanted", [580, 1200, 2400, 4800, 9600])
def test_as_many_circuits_as_there_is_room_for(wanted):
    """Their angles and the embedding are alike in number, as units and embedding of the twins are."""
    decoder = CoordinateCircuit(circuit(2, 1), n_circuits=None, n_parameters=wanted)
    assert n_parameters(decoder) == pytest.approx(wanted, rel=0.02)
    assert abs(decoder.embedding_dim - 2 * decoder.n_circuits) < 0.2 * decoder.embedding_dim + 2
    decoder = CoordinateCircuit(circuit(2, 1), n_circuits=None, n_parameters=2510, embedding_dim=10)
    assert (decoder.embedding_dim, n_parameters(decoder)) == (10, pytest.approx(2510, rel=0.02))


def test_no_layer_is_wider_than_one_may_be_typed():
    """However many parameters are asked for: to list every width takes minutes and all memory."""
    pairs = [pair for pair, _ in pairs_of_widths(200_000_000, lambda dim, units: 3 * dim + units, None, None)]
    assert max(units for _, units in pairs) == len(pairs) == 2**16


def test_given_widths_stay():
    decoder = CoordinateSIREN(n_parameters=2000, width=14)
    assert (decoder.width, n_parameters(decoder)) == (14, pytest.approx(2000, rel=0.02))
    decoder = CoordinateMFN(n_parameters=2566, embedding_dim=20)
    assert (decoder.embedding_dim, n_parameters(decoder)) == (20, pytest.approx(2566, rel=0.02))
    assert CoordinateMLP(n_parameters=None, embedding_dim=3, width=5).of_latent.weight.shape == (10, 3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: CoordinateCircuit(circuit(), n_parameters=600), "600: cannot be met within 2 %; the nearest is 619"),
        (lambda: CoordinateSIREN(n_parameters=50), "50: cannot be met within 2 %; the nearest is 61"),
        (lambda: CoordinateSIREN(n_parameters=None, width=3), "null: must be a number where embedding_dim is null"),
        (lambda: CoordinateSIREN(width=3, embedding_dim=3), "1750: must be null beside embedding_dim and width"),
        (
            lambda: CoordinateCircuit(circuit(), embedding_dim=3),
            "1750: must be null beside embedding_dim and n_circuits",
        ),
        (
            lambda: CoordinateCircuit(circuit(), n_parameters=None, embedding_dim=3, n_circuits=None),
            "null: must be a number where n_circuits is null",
        ),
        (lambda: LowRankDecoder(circuit(), n_parameters=1200), "1200: cannot be met within 2 %; the nearest is"),
    ],
)
def test_sizes_that_cannot_be_had_are_refused(make, said):
    with pytest.raises(SettingError) as refused:
        make()
    assert str(refused.value).startswith(f"n_parameters={said}")


@pytest.mark.parametrize(("wanted", "rank"), [(1750, 1), (2400, 1), (4800, 4), (9600, 10)])
def test_small_dense_decoder_has_the_highest_rank_it_can(wanted, rank):
    decoder = LowRankDecoder(ReuploadingCircuit(), n_parameters=wanted)
    assert n_parameters(decoder) == pytest.approx(wanted, rel=0.02)
    images = decoder.eval().double()(torch.randn(40, 8, dtype=torch.float64)).flatten(1)
    assert torch.linalg.matrix_rank(images - images.mean(0)) == min(rank, 6)


def pair(n_qubits):
    yield Gate("RY", (0,), (Input(0),))
    yield Gate("CRX", (0, 1), (Input(1),))


@pytest.mark.parametrize(
    ("made", "angle_shape"),
    [
        (lambda: BlockCircuit(3, 2, encoding="alternating"), (2, 3)),
        (lambda: AnsatzCircuit(pair, 2), (2,)),
        (lambda: TanhStandIn(3), (3,)),
        (lambda: ReuploadingCircuit(3, 1), (3,)),
    ],
)
def test_any_circuit(made, angle_shape):
    decoder = CoordinateCircuit(made(), image_shape=(1, 4, 4), n_parameters=None, embedding_dim=4)
    assert decoder.angle_shape == angle_shape
    decoder(torch.randn(3, 8)).square().sum().backward()
    assert decoder.of_coordinate.weight.grad.abs().min() > 0


def test_more_pixels_than_there_are_cannot_be_drawn():
    assert CoordinateMLP(pixels_per_step=0.25).pixels_per_step == 196
    assert CoordinateMLP(pixels_per_step=None).pixels_per_step == 784
    with pytest.raises(SettingError, match=r"pixels_per_step=785: the image has 784 pixels"):
        CoordinateMLP(pixels_per_step=785)


@pytest.mark.parametrize("make", DECODERS)
def test_images_of_any_size_show_the_same(make):
    """The middle pixel of each three by three is the pixel of the image that is a third as large."""
    decoder, z = moved(make(image_shape=(1, 6, 8)).double()), torch.randn(2, 8, dtype=torch.float64)
    native = torch.sigmoid(decoder(z))
    torch.testing.assert_close(decoder.images(z, 6, 8), native)
    torch.testing.assert_close(decoder.images(z, 18, 24)[..., 1::3, 1::3], native)


def test_smaller_images_are_means_of_what_is_in_their_pixels():
    decoder, z = moved(CoordinateSIREN(image_shape=(1, 6, 8)).double()), torch.randn(2, 8, dtype=torch.float64)
    quarters = torch.sigmoid(decoder(z)).unflatten(-1, (4, 2)).unflatten(-3, (3, 2)).mean((-1, -3))
    torch.testing.assert_close(decoder.images(z, 3, 4), quarters)
    # No whole number of pixels of the trained size: of twice as many as there are in the end.
    finer = torch.sigmoid(decoder.render(z, 8, 12)).unflatten(-1, (6, 2)).unflatten(-3, (4, 2)).mean((-1, -3))
    torch.testing.assert_close(decoder.images(z, 4, 6), finer)
