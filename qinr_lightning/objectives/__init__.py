"""The equations of the training objective."""

from qinr_lightning.objectives.kl import BetaWarmup, CapacityControl, ConstantBeta, KLSchedule, kl_divergence
from qinr_lightning.objectives.reconstruction import (
    RECONSTRUCTION_LOSSES,
    ReconstructionLoss,
    reconstruction_loss,
    to_unit_interval,
)

__all__ = [
    "RECONSTRUCTION_LOSSES",
    "BetaWarmup",
    "CapacityControl",
    "ConstantBeta",
    "KLSchedule",
    "ReconstructionLoss",
    "kl_divergence",
    "reconstruction_loss",
    "to_unit_interval",
]
