"""The models as LightningModules."""

from qinr_lightning.models.autoencoder import QINRAutoencoder
from qinr_lightning.models.base import Generative, Model
from qinr_lightning.models.latent_samplers import (
    GaussianMixtureSampler,
    KernelDensitySampler,
    LatentSampler,
    LatentSamples,
)
from qinr_lightning.models.parameter_groups import count_parameters, split_parameters
from qinr_lightning.models.vae import QINRVAE
from qinr_lightning.models.vae_gan import QINRVAEGAN
from qinr_lightning.models.wgan import WassersteinGAN

__all__ = [
    "QINRVAE",
    "QINRVAEGAN",
    "GaussianMixtureSampler",
    "Generative",
    "KernelDensitySampler",
    "LatentSampler",
    "LatentSamples",
    "Model",
    "QINRAutoencoder",
    "WassersteinGAN",
    "count_parameters",
    "split_parameters",
]
