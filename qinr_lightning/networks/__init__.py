"""Encoders, decoders, generators and the critic as plain PyTorch modules."""

from qinr_lightning.networks.critic import Critic
from qinr_lightning.networks.decoder import ClassicalDecoder, Decoder, QINRDecoder
from qinr_lightning.networks.encoder import Encoder, Gaussian, GaussianEncoder, sample_gaussian
from qinr_lightning.networks.generators import (
    Generator,
    HybridGenerator,
    LinearHeadGenerator,
    MirroredGenerator,
    PatchGenerator,
)
from qinr_lightning.networks.stand_ins import AngleMap, MLPStandIn, TanhStandIn

__all__ = [
    "AngleMap",
    "ClassicalDecoder",
    "Critic",
    "Decoder",
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
