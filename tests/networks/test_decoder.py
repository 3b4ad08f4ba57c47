import pytest
import torch
from torch import nn

from qinr_lightning.errors import SettingError
from qinr_lightning.networks import ClassicalDecoder, MLPStandIn, QINRDecoder, TanhStandIn
from qinr_lightning.quantum import ReuploadingCircuit


def n_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("hidden_dim", "head_dims", "n_in", "n_head"),
    [(256, (256, 512), 4_358, 535_568), (128, (128, 512), 2_182, 469_136)],
    ids=["ae", "vae"],
)
def test_parameter_counts_of_the_paper(hidden_dim, head_dims, n_in, n_head):
    decoder = QINRDecoder(ReuploadingCircuit(), hidden_dim=hidden_dim, head_dims=head_dims)
    assert n_parameters(decoder.expand) + n_parameters(decoder.project) == n_in
    assert n_parameters(decoder.circuit) == 120
    assert n_parameters(decoder.head) == n_head


@pytest.mark.parametrize("readout", ["z", "xyz_zz", ["X0", "Z1 Z2"]])
def test_shapes(readout):
    decoder = QINRDecoder(ReuploadingCircuit(readout=readout), latent_dim=5, image_shape=(3, 10, 12))
    assert decoder.angles(torch.randn(4, 5)).shape == (4, 6)
    assert decoder(torch.randn(4, 5)).shape == (4, 3, 10, 12)


def test_normalisation_stands_between_the_linear_layers():
    decoder = QINRDecoder(ReuploadingCircuit())
    assert [type(layer).__name__ for layer in decoder.expand] == ["Linear", "BatchNorm1d"]
    assert isinstance(decoder.project, nn.Linear)


def test_head_is_affine_unless_asked_otherwise():
    def second_difference(decoder):
        head = decoder.head.double()
        a, b = torch.randn(2, 1, 6, dtype=torch.float64)
        return (head(a) + head(b) - 2 * head((a + b) / 2)).abs().max().item()

    assert second_difference(QINRDecoder(ReuploadingCircuit())) < 1e-12
    assert second_difference(QINRDecoder(ReuploadingCircuit(), head_activation="leaky_relu")) > 1e-4


def test_readout_batch_norm_gives_the_head_values_of_mean_0_and_variance_1():
    decoder = QINRDecoder(ReuploadingCircuit(readout="xyz_zz"), readout_batch_norm=True).double()
    seen = []
    decoder.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    decoder(torch.randn(500, 8, dtype=torch.float64))
    zeros, ones = torch.zeros(23, dtype=torch.float64), torch.ones(23, dtype=torch.float64)
    torch.testing.assert_close(seen[0].mean(0), zeros, rtol=0, atol=1e-9)
    # Short of 1 by what keeps the normalisation from dividing by nothing.
    torch.testing.assert_close(seen[0].var(0, unbiased=False), ones, rtol=0, atol=0.05)
    assert n_parameters(decoder) - n_parameters(QINRDecoder(ReuploadingCircuit(readout="xyz_zz"))) == 46


def test_classical_decoder_has_the_parameters_of_the_papers_vae_decoder():
    n_qinr, n_classical = n_parameters(QINRDecoder(ReuploadingCircuit())), n_parameters(ClassicalDecoder())
    assert n_qinr == 471_438
    assert abs(n_classical - n_qinr) / n_qinr < 1e-3
    assert [type(layer).__name__ for layer in ClassicalDecoder().layers] == [
        "Linear", "BatchNorm1d", "Linear", "BatchNorm1d", "Linear"
    ]  # fmt: skip


@pytest.mark.parametrize(("n_parameters_wanted", "image_shape"), [(100_000, (1, 12, 14)), (3_000_000, (3, 32, 32))])
def test_classical_decoder_meets_other_numbers_of_parameters(n_parameters_wanted, image_shape):
    decoder = ClassicalDecoder(5, image_shape, n_parameters_wanted, hidden_dim=256, activation="leaky_relu")
    assert n_parameters(decoder) == pytest.approx(n_parameters_wanted, rel=1e-3)
    assert decoder(torch.randn(4, 5)).shape == (4, *image_shape)


def test_classical_decoder_refuses_a_number_of_parameters_it_cannot_meet():
    with pytest.raises(SettingError, match=r"n_parameters=1000: cannot be met within 0.1 %; a first layer of 1 gives"):
        ClassicalDecoder(n_parameters=1000)


def test_classical_decoder_is_affine_once_trained_unless_asked_otherwise():
    def second_difference(decoder):
        decoder.double()
        a, b = torch.randn(2, 1, 8, dtype=torch.float64)
        return (decoder(a) + decoder(b) - 2 * decoder((a + b) / 2)).abs().max().item()

    assert second_difference(ClassicalDecoder().eval()) < 1e-12
    assert second_difference(ClassicalDecoder(activation="leaky_relu").eval()) > 1e-4


@pytest.mark.parametrize(("stand_in", "count"), [(TanhStandIn(), 0), (MLPStandIn(), 123), (MLPStandIn(6, 23, 4), 143)])
def test_stand_ins_take_the_circuits_place(stand_in, count):
    decoder = QINRDecoder(stand_in)
    assert n_parameters(stand_in) == count
    values = stand_in(10 * torch.randn(100, 6))
    assert values.shape == (100, stand_in.n_observables)
    assert values.abs().max() <= 1
    assert decoder(torch.randn(3, 8)).shape == (3, 1, 28, 28)
