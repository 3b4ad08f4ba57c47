"""Encoder and decoder as plain PyTorch modules."""

from qinr_lightning.networks.decoder import ClassicalDecoder, QINRDecoder
from qinr_lightning.networks.encoder import Encoder, Gaussian, GaussianEncoder, sample_gaussian
from qinr_lightning.networks.stand_ins import MLPStandIn, TanhStandIn

__all__ = [
    "ClassicalDecoder",
    "Encoder",
    "Gaussian",
    "GaussianEncoder",
    "MLPStandIn",
    "QINRDecoder",
    "TanhStandIn",
    "sample_gaussian",
]
