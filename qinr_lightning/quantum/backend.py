"""The interface between circuits and the simulators that run them."""

from abc import ABC, abstractmethod
from contextlib import nullcontext

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Ansatz
from qinr_lightning.quantum.readout import PauliWord


class Backend(ABC):
    """Runs any circuit that is described by an :class:`~qinr_lightning.quantum.Ansatz`.

    A backend holds options and caches, never parameters: the same circuit gives the same values on each of them.
    """

    @property
    def label(self) -> str:
        """What metrics are called that were measured on it, such as ``shots_1024``."""
        return type(self).__name__

    @property
    def n_shots(self) -> int | None:
        """How often each circuit is measured; None computes expectation values exactly."""
        return None

    @property
    def circuits_for_one(self) -> int:
        """How many circuits are run to measure one."""
        return 1

    @abstractmethod
    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        """Expectation values of ``words`` after a circuit, differentiable in ``inputs`` and ``parameters``.

        Args:
            ansatz: The circuit.
            inputs: Angles, rad, ``(batch, ...)``: ``ansatz.n_inputs`` a sample, counted row by row.
            parameters: Angles, rad, ``ansatz.n_parameters`` of any shape, counted row by row.
            words: The observables.

        Returns:
            ``(batch, len(words))``, real, of the dtype of ``parameters``.
        """

    @abstractmethod
    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        """Probabilities of all basis states after circuits that share their input, differentiable in both.

        Args:
            ansatz: The circuits; they differ in their parameters alone.
            inputs: Angles, rad, ``(batch, ...)``: ``ansatz.n_inputs`` a sample, counted row by row.
            parameters: Angles, rad, ``(n_circuits, ...)``: ``ansatz.n_parameters`` a circuit, counted row by row.

        Returns:
            ``(batch, n_circuits, 2**n_qubits)``, real, of the dtype of ``parameters``; wire 0 is the most significant
            bit of a basis state.
        """

    def bytes_needed(self, ansatz: Ansatz, batch: int) -> int:
        """Bytes that the states of a batch take at least, to be trained in single precision; 0 where it is not known.

        Args:
            ansatz: The circuit.
            batch: Samples, times the circuits that share them.
        """
        return 0


def without_autocast(device: torch.device) -> torch.autocast | nullcontext[None]:
    """Autocast switched off, where it is on: circuits are simulated in the precision of their parameters."""
    if torch.is_autocast_enabled(device.type):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()
