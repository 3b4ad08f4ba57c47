import pytest
import torch
from torch import nn

from qinr_lightning.networks import QINRDecoder
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
        a, b = torch.randn(1, 6), torch.randn(1, 6)
        return (decoder.head(a) + decoder.head(b) - 2 * decoder.head((a + b) / 2)).abs().max().item()

    assert second_difference(QINRDecoder(ReuploadingCircuit())) < 1e-5
    assert second_difference(QINRDecoder(ReuploadingCircuit(), head_activation="leaky_relu")) > 1e-4
