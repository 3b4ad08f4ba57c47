"""Descriptions of models as checkpoints of earlier versions have them."""

import copy

import pytest
import torch
from hydra.utils import instantiate

from qinr_lightning.models import QINRVAE, WassersteinGAN, count_parameters
from qinr_lightning.optimization import LinearSchedule
from qinr_lightning.runs import load_model
from qinr_lightning.runs.old_configs import translated

BACKEND = {"_target_": "qinr_lightning.quantum.StatevectorBackend", "gradient": "adjoint", "group_size": 4}
CLASSICAL_VAE = {
    "_target_": "qinr_lightning.models.ClassicalVAE",
    "latent_dim": 4,
    "encoder": {
        "_target_": "qinr_lightning.networks.GaussianEncoder",
        "image_shape": [1, 28, 28],
        "latent_dim": 4,
        "channels": [4, 8],
    },
    "decoder": {
        "_target_": "qinr_lightning.networks.QINRDecoder",
        "circuit": {"_target_": "qinr_lightning.networks.TanhStandIn", "n_qubits": 6},
        "latent_dim": 4,
        "image_shape": [1, 28, 28],
    },
    "kl": {"_target_": "qinr_lightning.objectives.BetaWarmup", "beta": 1.0, "warmup_epochs": 5},
    "lr_classical": 0.002,
    "betas": [0.9, 0.999],
    "reconstruction": "bce",
    "seed": 0,
}
GAN = {
    "_target_": "qinr_lightning.models.WassersteinGAN",
    "generator": {
        "_target_": "qinr_lightning.networks.HybridGenerator",
        "n_hidden": 1,
        "n_qubits": 4,
        "n_reuploads": 2,
        "n_blocks": 1,
        "latent_dim": 6,
        "head_dims": [16],
        "image_shape": [1, 28, 28],
        "n_quantum": 72,
        "backend": BACKEND,
    },
    "critic": {"_target_": "qinr_lightning.networks.Critic", "image_shape": [1, 28, 28], "hidden_dims": [8]},
    "lr_classical": 1e-5,
    "lr_quantum": 1e-5,
    "lr_critic": 1e-4,
    "lr_schedule": "linear",
    "betas": [0.0, 0.9],
    "n_critic": 1,
    "seed": 0,
}


def test_a_vae_without_a_circuit():
    model = instantiate(translated(CLASSICAL_VAE), _convert_="all")
    assert type(model) is QINRVAE
    assert model.rates == {"classical": 0.002, "quantum": None}


def test_a_gan_with_circuits_described_by_its_generator():
    model = instantiate(translated(GAN), _convert_="all")
    assert isinstance(model.lr_schedule, LinearSchedule)
    assert model.optimizer.betas == (0.0, 0.9)
    # 2 hybrid layers x 3 parameter layers x 1 block x 4 qubits x 3
    assert count_parameters(model.generator)["quantum"] == 72
    assert "generator.hybrid.3.scales" in model.state_dict()


@pytest.mark.parametrize(
    "patches",
    [
        {"_target_": "qinr_lightning.networks.PatchGenerator", "n_layers": 1, "n_quantum": 504},
        {
            "_target_": "qinr_lightning.networks.LinearHeadGenerator",
            "patches": {"_target_": "qinr_lightning.networks.PatchGenerator", "n_layers": 1, "n_quantum": 504},
            "head_dims": [8],
        },
    ],
)
def test_a_generator_that_states_its_number_of_quantum_parameters(patches):
    head = "head_dims" in patches
    old = {**GAN, "generator": patches, "lr_classical": 1e-3 if head else None, "lr_schedule": "constant"}
    model = instantiate(translated(old), _convert_="all")
    assert count_parameters(model)["quantum"] == 504
    assert model.lr_schedule is None


def test_nothing_is_changed_in_place_and_present_terms_come_back_as_they_are():
    for old in (CLASSICAL_VAE, GAN):
        before = copy.deepcopy(old)
        new = translated(old)
        assert old == before
        assert translated(new) == new


def test_an_old_checkpoint_is_loaded(tmp_path):
    weights = instantiate(translated(GAN), _convert_="all").state_dict()
    torch.save({"config": GAN, "state_dict": weights}, tmp_path / "old.ckpt")
    model = load_model(tmp_path / "old.ckpt")
    assert isinstance(model, WassersteinGAN)
    for name, value in model.state_dict().items():
        assert torch.equal(value, weights[name])
