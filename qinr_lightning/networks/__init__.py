"""Encoders, decoders, generators and the critic as plain PyTorch modules."""

from qinr_lightning.networks.critic import Critic
from qinr_lightning.networks.decoder import ClassicalDecoder, QINRDecoder
from qinr_lightning.networks.encoder import Encoder, Gaussian, GaussianEncoder, sample_gaussian
from qinr_lightning.networks.generators import (
    Generator,
    HybridGenerator,
    LinearHeadGenerator,
    MirroredGenerator,
    PatchGenerator,
)
from qinr_lightning.networks.stand_ins import MLPStandIn, TanhStandIn

__all__ = [
    "ClassicalDecoder",
    "Critic",
    "Encoder",
    "Gaussian",
    "GaussianEncoder",
    "Generator",
    "HybridGenerator",
    "LinearHeadGenerator",
    "MLPStandIn",
    "MirroredGenerator",
    "PatchGenerator",
    "QINRDecoder",
    "TanhStandIn",
    "sample_gaussian",
]
