"""Measure a trained model: how well it reconstructs, and how its samples compare with real images."""

from qinr_lightning.evaluation.latents import training_latents
from qinr_lightning.evaluation.samples import Reference, measure_samples
from qinr_lightning.evaluation.trained_model import ALL_CLASSES, evaluate, example_images

__all__ = ["ALL_CLASSES", "Reference", "evaluate", "example_images", "measure_samples", "training_latents"]
