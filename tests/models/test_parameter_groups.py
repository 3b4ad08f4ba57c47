import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRVAE, ClassicalVAE, QINRAutoencoder, count_parameters, split_parameters
from qinr_lightning.networks import ClassicalDecoder, Encoder, GaussianEncoder, QINRDecoder
from qinr_lightning.objectives import BetaWarmup
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
        Encoder(), QINRDecoder(ReuploadingCircuit()), lr_classical=0.3, lr_quantum=0.1, betas=(0.5, 0.9)
    )
    groups = {group["name"]: group for group in model.configure_optimizers().param_groups}
    assert {name: group["lr"] for name, group in groups.items()} == {"classical": 0.3, "quantum": 0.1}
    assert groups["quantum"]["betas"] == (0.5, 0.9)
    assert sum(parameter.numel() for parameter in groups["quantum"]["params"]) == 120


def test_frozen_parameters_are_left_out():
    model = autoencoder()
    model.encoder.requires_grad_(False)
    assert not any(
        parameter is frozen for parameter in split_parameters(model).classical for frozen in model.encoder.parameters()
    )
    assert torch.is_tensor(split_parameters(model).quantum[0])


def test_classical_vae_has_one_group():
    model = ClassicalVAE(GaussianEncoder(), ClassicalDecoder(), BetaWarmup())
    assert [group["name"] for group in model.configure_optimizers().param_groups] == ["classical"]
    with pytest.raises(SettingError, match="decoder=QINRDecoder: has a circuit"):
        ClassicalVAE(GaussianEncoder(), QINRDecoder(ReuploadingCircuit()), BetaWarmup())
