"""Circuits with noise as density matrices: batched, differentiable, on any device that PyTorch has."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Ansatz
from qinr_lightning.quantum.backend import Backend, without_autocast
from qinr_lightning.quantum.densitymatrix.simulation import run
from qinr_lightning.quantum.densitymatrix.transfer import measured_numbers, number
from qinr_lightning.quantum.noise import Noise
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.shots import Shots
from qinr_lightning.quantum.statevector.basis import z_signs


class DensityMatrixBackend(Backend):
    """Simulates the circuit and its noise with the density matrices of the whole batch.

    They are held as the expectation values of all Pauli words: ``4**n_qubits`` real numbers a sample, in the dtype of
    the parameters.

    Args:
        noise: What befalls the circuit.
        group_size: Most neighbouring qubits whose matrices are multiplied into one.
        shots: Measurements for an estimate of the expectation values and of their gradient; None computes them exactly.
            Probabilities are exact alone.
    """

    def __init__(self, noise: Noise, group_size: int = 2, shots: Shots | None = None) -> None:
        self.noise = noise
        self.group_size = group_size
        self.shots = shots

    @property
    def label(self) -> str:
        return self.noise.label if self.shots is None else f"{self.noise.label}/{self.shots.label}"

    @property
    def n_shots(self) -> int | None:
        return None if self.shots is None else self.shots.number

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        with without_autocast(parameters.device):
            if self.shots is not None:
                return self.shots.expectations(self._all_outcomes, ansatz, inputs, parameters, words, base=4)
            numbers, factors = _readout(words, self.noise, ansatz.n_qubits, parameters.dtype, parameters.device)
            return self._run(ansatz, inputs, parameters)[:, numbers] * factors

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        if self.shots is not None:
            raise NotImplementedError("DensityMatrixBackend has shots of expectation values alone")
        letters = "Z" * ansatz.n_qubits
        with without_autocast(parameters.device):
            circuits = [self._outcomes(self._run(ansatz, inputs, of_one), letters) for of_one in parameters.flatten(1)]
            return torch.stack(circuits, dim=1)

    def bytes_needed(self, ansatz: Ansatz, batch: int) -> int:
        # States and what autograd keeps: at least one for each gate on two wires, and the state before and after it.
        n_kept = 3 + sum(len(gate.wires) > 1 for gate in ansatz.gates)
        return 4 * n_kept * batch * int(4**ansatz.n_qubits)

    def _run(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        return run(ansatz, self.noise, inputs.flatten(1), parameters.flatten(), self.group_size)

    def _all_outcomes(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, bases: Sequence[str]) -> Tensor:
        state = self._run(ansatz, inputs, parameters)
        return torch.stack([self._outcomes(state, letters) for letters in bases])

    def _outcomes(self, state: Tensor, letters: str) -> Tensor:
        """Probabilities of what is read when every wire is measured in the basis of its letter, ``(batch, 2**n)``."""
        numbers, lengths, signs = _measurement(letters, state.dtype, state.device)
        return (state[:, numbers] * (1 - 2 * self.noise.readout_error) ** lengths) @ signs.T / len(signs)


@lru_cache(maxsize=32)
def _readout(
    words: tuple[PauliWord, ...], noise: Noise, n_qubits: int, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Where the words are in a state, and what readout errors leave of them."""
    with torch.inference_mode(False):
        numbers = torch.tensor([number(word, n_qubits) for word in words])
        return numbers.to(device), torch.tensor([noise.read(word) for word in words], dtype=dtype).to(device)


@lru_cache(maxsize=32)
def _measurement(letters: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of the words, how many letters each has, and the sign of each for each outcome, ``(2**n, 2**n)``."""
    with torch.inference_mode(False):
        n_qubits = len(letters)
        z = z_signs(n_qubits)
        signs = torch.ones(2**n_qubits, 2**n_qubits, dtype=torch.float64)
        for wire in range(n_qubits):
            in_set = (torch.arange(2**n_qubits) >> (n_qubits - 1 - wire)) & 1 == 1
            signs[:, in_set] *= z[wire][:, None]
        lengths = torch.tensor([k.bit_count() for k in range(2**n_qubits)])
        return measured_numbers(letters).to(device), lengths.to(device, dtype), signs.to(device, dtype)
