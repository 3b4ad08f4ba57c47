"""The density-matrix engine: nobody outside needs more of it than its backend."""

from qinr_lightning.quantum.densitymatrix.backend import DensityMatrixBackend

__all__ = ["DensityMatrixBackend"]
