"""Measure a trained model: how well it reconstructs, and how its samples compare with real images."""

from qinr_lightning.evaluation.evaluate import ALL_CLASSES, evaluate
from qinr_lightning.evaluation.examples import example_images
from qinr_lightning.evaluation.references import Reference

__all__ = ["ALL_CLASSES", "Reference", "evaluate", "example_images"]
