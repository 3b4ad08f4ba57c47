"""Encoders, decoders, generators and the critic as plain PyTorch modules."""

from qinr_lightning.networks.coordinate import CoordinateDecoder
from qinr_lightning.networks.coordinate_fields import (
    CoordinateCircuit,
    CoordinateMFN,
    CoordinateMLP,
    CoordinateRFF,
    CoordinateSIREN,
)
from qinr_lightning.networks.coordinate_generator import CoordinateGenerator
from qinr_lightning.networks.critic import ConvCritic, Critic
from qinr_lightning.networks.decoder import ClassicalDecoder, Decoder, LowRankDecoder, QINRDecoder
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
    "ConvCritic",
    "CoordinateCircuit",
    "CoordinateDecoder",
    "CoordinateGenerator",
    "CoordinateMFN",
    "CoordinateMLP",
    "CoordinateRFF",
    "CoordinateSIREN",
    "Critic",
    "Decoder",
    "Encoder",
    "Gaussian",
    "GaussianEncoder",
    "Generator",
    "HybridGenerator",
    "LinearHeadGenerator",
    "LowRankDecoder",
    "MLPStandIn",
    "MirroredGenerator",
    "PatchGenerator",
    "QINRDecoder",
    "TanhStandIn",
    "sample_gaussian",
]
