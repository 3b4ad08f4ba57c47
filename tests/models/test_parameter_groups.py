import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRVAE, QINRAutoencoder, count_parameters, split_parameters
from qinr_lightning.networks import ClassicalDecoder, Encoder, GaussianEncoder, QINRDecoder, TanhStandIn
from qinr_lightning.objectives import BetaWarmup
from qinr_lightning.optimization import Adam, AdamW
from qinr_lightning.quantum import ReuploadingCircuit


def autoencoder():
    return QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit(global_scale=True)))


def test_every_parameter_is_in_exactly_one_group():
    model = autoencoder()
    groups = split_parameters(model)
    in_groups = [id(parameter) for group in groups for parameter in group]
    assert sorted(in_groups) == sorted(id(parameter) for parameter in model.parameters())
    assert {id(parameter) for parameter in groups.quantum} == {id(p) for p in model.decoder.circuit.parameters()}


def test_paper_counts():
    vae = QINRVAE(GaussianEncoder(), QINRDecoder(ReuploadingCircuit()), BetaWarmup())
    assert count_parameters(vae) == {"classical": 388_800 + 16_400 + 2_182 + 469_136, "quantum": 120}


def test_fixed_scales_are_not_counted():
    assert count_parameters(QINRDecoder(ReuploadingCircuit(learnable_scales=False)))["quantum"] == 108


def test_optimizer_has_a_rate_for_each_group():
    model = QINRAutoencoder(
        Encoder(), QINRDecoder(ReuploadingCircuit()), lr_classical=0.3, lr_quantum=0.1, optimizer=Adam((0.5, 0.9))
    )
    groups = {group["name"]: group for group in model.configure_optimizers().param_groups}
    assert {name: group["lr"] for name, group in groups.items()} == {"classical": 0.3, "quantum": 0.1}
    assert groups["quantum"]["betas"] == (0.5, 0.9)
    assert sum(parameter.numel() for parameter in groups["quantum"]["params"]) == 120


def test_weight_decay_leaves_angles_alone():
    """Without a gradient nothing but the decay moves a parameter."""
    model = QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit()), optimizer=AdamW(weight_decay=0.5))
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    model.configure_optimizers().step()
    for name, parameter in model.named_parameters():
        left = 1.0 if "circuit" in name else 1 - 2e-3 * 0.5
        torch.testing.assert_close(parameter.detach(), left * before[name])


def test_frozen_parameters_are_left_out():
    model = autoencoder()
    model.encoder.requires_grad_(False)
    assert not any(
        parameter is frozen for parameter in split_parameters(model).classical for frozen in model.encoder.parameters()
    )
    assert torch.is_tensor(split_parameters(model).quantum[0])


@pytest.mark.parametrize("decoder", [ClassicalDecoder, lambda: QINRDecoder(TanhStandIn())])
def test_a_decoder_without_a_circuit_has_one_group_and_takes_no_quantum_rate(decoder):
    model = QINRVAE(GaussianEncoder(), decoder(), BetaWarmup(), lr_quantum=None)
    assert [group["name"] for group in model.configure_optimizers().param_groups] == ["classical"]
    with pytest.raises(SettingError, match=r"lr_quantum=0\.1: must be null: the model has 0 quantum parameters"):
        QINRVAE(GaussianEncoder(), decoder(), BetaWarmup(), lr_quantum=0.1)


def test_a_circuit_needs_a_quantum_rate():
    with pytest.raises(SettingError, match="lr_quantum=null: must be a learning rate: the model has 120 quantum"):
        QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit()), lr_quantum=None)
