"""What a trained decoder and its circuit have learnt: spectra, entanglement, gradients, effective parameters, cost."""

from qinr_lightning.analysis.measure import OF_TWIN, measure, numbers

__all__ = ["OF_TWIN", "measure", "numbers"]
