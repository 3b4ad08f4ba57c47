"""Let a trained model's circuits run on another backend, and count what that takes before it is paid for."""

from collections.abc import Callable

from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import Backend, Noise, PennyLaneBackend, StatevectorBackend, described_circuits
from qinr_lightning.quantum.ansatz import Ansatz
from qinr_lightning.quantum.readout import PauliWord


def run_on(model: nn.Module, backend: Backend | None, noise: Noise | None) -> str:
    """Let a model's circuits run on another backend or under another noise, and say what that is called.

    Args:
        model: Its circuits are changed.
        backend: None for the exact simulation.
        noise: None for the noise that there has been.

    Raises:
        SettingError: For a model without such circuits, or a backend that has no noise.
    """
    circuits = described_circuits(model)
    if not circuits:
        setting, label = (
            ("noise", noise.label) if noise is not None else ("backend", backend.label if backend else None)
        )
        raise SettingError(
            setting, label, f"{type(model).__name__} of this run has no circuit that is described by gates"
        )
    for circuit in circuits:
        circuit.run_on(backend, noise)
    return circuits[0].backend.label


class _Rehearsal(Backend):
    """Simulates in the place of a device and notes which circuits would have gone there."""

    def __init__(self, device: PennyLaneBackend) -> None:
        self.device = device
        self.circuits: set[str] = set()
        self._exact = StatevectorBackend()

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        self.circuits |= self.device.missing(ansatz, inputs, parameters, words)
        return self._exact.expectations(ansatz, inputs, parameters, words)

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        return self._exact.probabilities(ansatz, inputs, parameters)


def count_circuits(model: nn.Module, measure: Callable[[], object]) -> int:
    """How many circuits a measurement sends to PennyLane's devices, those left out whose results are kept.

    Args:
        model: Its circuits are simulated meanwhile; afterwards they are as they were.
        measure: Measures the model.
    """
    circuits = [circuit for circuit in described_circuits(model) if isinstance(circuit.backend, PennyLaneBackend)]
    devices = [circuit.backend for circuit in circuits]
    rehearsals = [_Rehearsal(device) for device in devices if isinstance(device, PennyLaneBackend)]
    for circuit, rehearsal in zip(circuits, rehearsals, strict=True):
        circuit.backend = rehearsal
    try:
        measure()
    finally:
        for circuit, device in zip(circuits, devices, strict=True):
            circuit.backend = device
    return len(set().union(*(rehearsal.circuits for rehearsal in rehearsals)))
