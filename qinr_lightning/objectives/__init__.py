"""The equations of the training objective."""

from qinr_lightning.objectives.kl import BetaWarmup, CapacityControl, ConstantBeta, KLSchedule, kl_divergence
from qinr_lightning.objectives.reconstruction import (
    ReconstructionLoss,
    reconstruction_loss,
    to_unit_interval,
)
from qinr_lightning.objectives.wgan import critic_loss, generator_loss, gradient_penalty, wasserstein_estimate

__all__ = [
    "BetaWarmup",
    "CapacityControl",
    "ConstantBeta",
    "KLSchedule",
    "ReconstructionLoss",
    "critic_loss",
    "generator_loss",
    "gradient_penalty",
    "kl_divergence",
    "reconstruction_loss",
    "to_unit_interval",
    "wasserstein_estimate",
]
