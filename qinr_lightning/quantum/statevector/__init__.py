"""The state-vector engine: nobody outside needs more of it than its backend."""

from qinr_lightning.quantum.statevector.backend import StatevectorBackend

__all__ = ["StatevectorBackend"]
