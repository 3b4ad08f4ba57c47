"""The circuit as a state vector: exact, batched, on any device that PyTorch has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, get_args

import torch
from annotated_types import Ge
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.adjoint import AdjointCircuit, without_autocast
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.layered_state import AdjointLayers, encode, run_layers
from qinr_lightning.quantum.layers import Layers
from qinr_lightning.quantum.measurement import expectations, prepare_measurement
from qinr_lightning.quantum.pauli import PauliWord
from qinr_lightning.quantum.plain import run_circuit

Gradient = Literal["adjoint", "autograd"]


class StatevectorBackend(Backend):
    """Simulates the circuit with the state vectors of the whole batch.

    States are complex64 or complex128, as the parameters are float32 or float64. Autocast does not reach the
    simulation: in half precision its results would not be exact.

    Args:
        gradient: ``adjoint``, the gradient written out, is the fast one. ``autograd`` differentiates the plain
            simulation, which also gives second derivatives and works under ``torch.func``.
        group_size: Most neighbouring qubits whose gates are multiplied into one matrix.
        keep_up_to: Largest number of amplitudes, ``batch * 2**n_qubits`` a circuit, for which ``adjoint`` keeps the
            state after every block for the backward pass. Above, it undoes the circuit step by step and needs the
            memory of a few states, whatever the depth.

    Raises:
        SettingError: For a value that is not allowed.
    """

    # The defaults are measured, on one CPU core with two blocks and two encodings. Groups of 4 are within 10 % of the
    # fastest from 4 to 16 qubits. Keeping takes 0.7 of the time of undoing at 2**15 amplitudes, 1.5 of it at 2**17.
    def __init__(
        self,
        gradient: Gradient = "adjoint",
        group_size: Annotated[int, Ge(1)] = 4,
        keep_up_to: Annotated[int, Ge(0)] = 2**16,
    ) -> None:
        if gradient not in get_args(Gradient):
            raise SettingError("gradient", gradient, f"must be one of {', '.join(get_args(Gradient))}")
        if group_size < 1:
            raise SettingError("group_size", group_size, "must be at least 1")
        if keep_up_to < 0:
            raise SettingError("keep_up_to", keep_up_to, "must be at least 0")
        self.gradient = gradient
        self.group_size = group_size
        self.keep_up_to = keep_up_to

    def __call__(self, angles: Tensor, rotations: Tensor, pairs: BlockPairs, words: tuple[PauliWord, ...]) -> Tensor:
        _check_dtype(rotations)
        with without_autocast(rotations.device):
            if self.gradient == "autograd":
                state = run_circuit(angles, rotations, pairs, self.group_size)
                measurement = prepare_measurement(words, rotations.shape[2], rotations.dtype, rotations.device)
                return expectations(state, measurement)
            return self._run_adjoint(angles, rotations, pairs, words)

    def _run_adjoint(
        self, angles: Tensor, rotations: Tensor, pairs: BlockPairs, words: tuple[PauliWord, ...]
    ) -> Tensor:
        keep_states = self._keeps_states(angles, rotations)
        with _explaining_torch_func():
            values: Tensor = AdjointCircuit.apply(angles, rotations, pairs, words, self.group_size, keep_states)
        return values

    def _keeps_states(self, angles: Tensor, rotations: Tensor) -> bool:
        n_amplitudes: int = len(angles) * 2 ** rotations.shape[2]
        return n_amplitudes <= self.keep_up_to

    def probabilities(self, angles: Tensor, rotations: Tensor, layers: Layers) -> Tensor:
        _check_dtype(rotations)
        with without_autocast(rotations.device):
            if self.gradient == "autograd":
                return run_layers(angles, rotations, layers, self.group_size)
            keep_states = self._keeps_states(angles, rotations)
            with _explaining_torch_func():
                values: Tensor = AdjointLayers.apply(
                    encode(angles, layers), rotations, layers, self.group_size, keep_states
                )
            return values


def _check_dtype(rotations: Tensor) -> None:
    if rotations.dtype not in (torch.float32, torch.float64):
        raise TypeError(f"the circuit's parameters are {rotations.dtype}; the simulation needs float32 or float64")


@contextmanager
def _explaining_torch_func() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if "setup_context" not in str(error):
            raise
        raise NotImplementedError(
            'torch.func does not work with StatevectorBackend(gradient="adjoint"); use gradient="autograd"'
        ) from error
