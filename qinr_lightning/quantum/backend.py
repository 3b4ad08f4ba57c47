"""The interface between the circuit and the simulators that run it."""

from abc import ABC, abstractmethod

from torch import Tensor

from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.layers import Layers
from qinr_lightning.quantum.pauli import PauliWord


class Backend(ABC):
    """Runs circuits: calling it, the data re-uploading circuit (eq. 7); :meth:`probabilities`, those of the GANs.

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

    def probabilities(self, angles: Tensor, rotations: Tensor, layers: Layers) -> Tensor:
        """Probabilities of all basis states after circuits that share their input, differentiable in both.

        Args:
            angles: Angles of the encoding, rad, ``(batch, n_qubits)``.
            rotations: Rot angles of each circuit, rad, ``(n_circuits, n_layers, n_qubits, 3)``.
            layers: Encoding and CNOT gates of the circuits.

        Returns:
            ``(batch, n_circuits, 2**n_qubits)``, real, of the dtype of ``rotations``.

        Raises:
            NotImplementedError: From a backend that runs the re-uploading circuit alone.
        """
        raise NotImplementedError(f"{type(self).__name__} runs the re-uploading circuit alone")
