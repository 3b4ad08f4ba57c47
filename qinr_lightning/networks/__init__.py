"""Encoder and decoder as plain PyTorch modules."""

from qinr_lightning.networks.decoder import QINRDecoder
from qinr_lightning.networks.encoder import Encoder, Gaussian, GaussianEncoder, sample_gaussian

__all__ = ["Encoder", "Gaussian", "GaussianEncoder", "QINRDecoder", "sample_gaussian"]
