"""Measure a trained model: how well it reconstructs, and how its samples compare with real images."""

from qinr_lightning.evaluation.curves import Curve, NoiseCurve, ShotsCurve
from qinr_lightning.evaluation.earlier import beside_earlier
from qinr_lightning.evaluation.latents import check_encoder, fitted, training_latents
from qinr_lightning.evaluation.other_backends import count_circuits, run_on
from qinr_lightning.evaluation.samples import Reference, measure_samples
from qinr_lightning.evaluation.trained_model import ALL_CLASSES, evaluate, example_images

__all__ = [
    "ALL_CLASSES",
    "Curve",
    "NoiseCurve",
    "Reference",
    "ShotsCurve",
    "beside_earlier",
    "check_encoder",
    "count_circuits",
    "evaluate",
    "example_images",
    "fitted",
    "measure_samples",
    "run_on",
    "training_latents",
]
