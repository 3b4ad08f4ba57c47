"""The quantum layer: circuit, readouts and backends. Knows nothing of images, Lightning or Hydra."""

from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.circuit import QuantumCircuit, ReuploadingCircuit
from qinr_lightning.quantum.initial_angles import BlockIdentity, InitialAngles, NearIdentity, UniformAngles
from qinr_lightning.quantum.layered_circuits import LayeredCircuits, MirroredCircuit, PatchCircuits
from qinr_lightning.quantum.pennylane_backend import PennyLaneBackend
from qinr_lightning.quantum.statevector import StatevectorBackend

__all__ = [
    "Backend",
    "BlockIdentity",
    "InitialAngles",
    "LayeredCircuits",
    "MirroredCircuit",
    "NearIdentity",
    "PatchCircuits",
    "PennyLaneBackend",
    "QuantumCircuit",
    "ReuploadingCircuit",
    "StatevectorBackend",
    "UniformAngles",
]
