"""The quantum layer: circuits, readouts and backends. Knows nothing of images, Lightning or Hydra."""

from qinr_lightning.quantum.ansatz import Ansatz, Gate, GateList, Input, Parameter
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.circuit import (
    DescribedCircuit,
    ExpectationCircuit,
    QuantumCircuit,
    ReuploadingCircuit,
    described_circuits,
)
from qinr_lightning.quantum.densitymatrix import DensityMatrixBackend
from qinr_lightning.quantum.gan_circuits import LayeredCircuits, MirroredCircuit, PatchCircuits
from qinr_lightning.quantum.initial_angles import BlockIdentity, InitialAngles, NearIdentity, UniformAngles
from qinr_lightning.quantum.noise import (
    AmplitudeDamping,
    Depolarizing,
    DeviceNoise,
    Noise,
    PhaseDamping,
    RandomRotation,
    ReadoutError,
)
from qinr_lightning.quantum.own_circuits import AnsatzCircuit, BlockCircuit, QNodeCircuit
from qinr_lightning.quantum.pennylane_backend import PennyLaneBackend
from qinr_lightning.quantum.statevector import StatevectorBackend

__all__ = [
    "AmplitudeDamping",
    "Ansatz",
    "AnsatzCircuit",
    "Backend",
    "BlockCircuit",
    "BlockIdentity",
    "DensityMatrixBackend",
    "Depolarizing",
    "DescribedCircuit",
    "DeviceNoise",
    "ExpectationCircuit",
    "Gate",
    "GateList",
    "InitialAngles",
    "Input",
    "LayeredCircuits",
    "MirroredCircuit",
    "NearIdentity",
    "Noise",
    "Parameter",
    "PatchCircuits",
    "PennyLaneBackend",
    "PhaseDamping",
    "QNodeCircuit",
    "QuantumCircuit",
    "RandomRotation",
    "ReadoutError",
    "ReuploadingCircuit",
    "StatevectorBackend",
    "UniformAngles",
    "described_circuits",
]
