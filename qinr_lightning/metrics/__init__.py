"""Metrics, with one definition for every system."""

from qinr_lightning.metrics.reconstruction import ReconstructionMetrics, reconstruction_quality

__all__ = ["ReconstructionMetrics", "reconstruction_quality"]
