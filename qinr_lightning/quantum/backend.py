"""The interface between the circuit and the simulators that run it."""

from abc import ABC, abstractmethod

from torch import Tensor

from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.pauli import PauliWord


class Backend(ABC):
    """Runs the data re-uploading circuit (eq. 7) and returns expectation values.

    A backend holds options and caches, never parameters: the same circuit gives the same values on each of them.
    """

    @abstractmethod
    def __call__(self, angles: Tensor, rotations: Tensor, pairs: BlockPairs, words: tuple[PauliWord, ...]) -> Tensor:
        """Expectation values of ``words`` after the circuit, differentiable in ``angles`` and ``rotations``.

        Args:
            angles: RZ angles of the encoding layers S (eq. 8), scales applied, rad, ``(batch, n_reuploads, n_qubits)``.
            rotations: Rot angles of the parameter layers W (eq. 9), rad, ``(n_reuploads + 1, n_blocks, n_qubits, 3)``.
            pairs: Wires of the CZ gates that close each block (E of eq. 9).
            words: The observables.

        Returns:
            ``(batch, len(words))``, real, of the dtype of ``rotations``.
        """
