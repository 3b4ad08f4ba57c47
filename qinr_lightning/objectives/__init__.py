"""The equations of the training objective."""

from qinr_lightning.objectives.kl import BetaWarmup, CapacityControl, ConstantBeta, KLSchedule, kl_divergence
from qinr_lightning.objectives.reconstruction import (
    ReconstructionLoss,
    reconstruction_loss,
    to_unit_interval,
)

__all__ = [
    "BetaWarmup",
    "CapacityControl",
    "ConstantBeta",
    "KLSchedule",
    "ReconstructionLoss",
    "kl_divergence",
    "reconstruction_loss",
    "to_unit_interval",
]
