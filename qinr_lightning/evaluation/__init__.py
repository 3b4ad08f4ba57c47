"""Measure a trained model: how well it reconstructs, and how its samples compare with real images."""

from qinr_lightning.evaluation.curves import Curve, NoiseCurve, ShotsCurve
from qinr_lightning.evaluation.samples import Reference
from qinr_lightning.evaluation.trained_model import ALL_CLASSES, evaluate, example_images

__all__ = [
    "ALL_CLASSES",
    "Curve",
    "NoiseCurve",
    "Reference",
    "ShotsCurve",
    "evaluate",
    "example_images",
]
