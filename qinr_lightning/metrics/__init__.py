"""Metrics, with one definition for every system."""

from qinr_lightning.metrics.diversity import NEIGHBOURS, manifold, nearest, pairwise_distance, vendi_score
from qinr_lightning.metrics.frechet import frechet_distance, kernel_distance, moments
from qinr_lightning.metrics.image_quality import image_quality
from qinr_lightning.metrics.principal import principal_reconstruction

__all__ = [
    "NEIGHBOURS",
    "frechet_distance",
    "image_quality",
    "kernel_distance",
    "manifold",
    "moments",
    "nearest",
    "pairwise_distance",
    "principal_reconstruction",
    "vendi_score",
]
