"""Circuits as state vectors: exact, batched, on any device that PyTorch has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, Literal, get_args

import torch
from annotated_types import Ge, Le
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import Ansatz, Layered, Reuploading
from qinr_lightning.quantum.backend import Backend, without_autocast
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.shots import Shots
from qinr_lightning.quantum.statevector.expectations import expectations, prepare_measurement
from qinr_lightning.quantum.statevector.layered_adjoint import AdjointLayers, encode
from qinr_lightning.quantum.statevector.outcomes import outcome_probabilities
from qinr_lightning.quantum.statevector.program import steps
from qinr_lightning.quantum.statevector.reupload_adjoint import AdjointCircuit
from qinr_lightning.quantum.statevector.simulation import run
from qinr_lightning.ranges import PositiveInt
from qinr_lightning.seeding import Seed

Gradient = Literal["adjoint", "autograd"]
KEPT_BYTES = 2**28
"""Most that the states of a batch take which are kept for the backward pass, where they are more than one part."""


class StatevectorBackend(Backend):
    """Simulates the circuit with the state vectors of the whole batch.

    States are complex64 or complex128, as the parameters are float32 or float64. Autocast does not reach the
    simulation: in half precision its results would not be exact.

    Args:
        gradient: ``adjoint`` takes the gradient that is written out for the circuit's family, the fast way; circuits
            without one (all but :class:`ReuploadingCircuit` and those of the GANs) are differentiated by autograd.
            ``autograd`` does so with every circuit: it also gives second derivatives and works under ``torch.func``.
            Under ``torch.compile`` both are the compiler's.
        group_size: Most neighbouring qubits whose gates are multiplied into one matrix.
        keep_up_to: Largest number of amplitudes, ``batch * 2**n_qubits`` a circuit, for which ``adjoint`` keeps the
            state after every block for the backward pass. A larger batch is cut into parts of this size, which fit into
            a processor's cache, as long as all that is kept takes at most :data:`KEPT_BYTES`. Above, the circuit is
            undone step by step, which needs the memory of a few states, whatever the depth.
        shots: Measurements of each circuit for an estimate of the expectation values, whose gradient is then estimated
            by the parameter-shift rule; None computes them exactly. Probabilities are exact alone.
        seed: Of the shots.

    Raises:
        SettingError: For a value that is not allowed.
    """

    # The defaults are measured, on one CPU core with two blocks and two encodings. Groups of 4 are within 10 % of the
    # fastest from 4 to 16 qubits. Keeping takes 0.7 of the time of undoing at 2**15 amplitudes, 1.5 of it at 2**17.
    def __init__(
        self,
        gradient: Gradient = "adjoint",
        group_size: PositiveInt = 4,
        keep_up_to: Annotated[int, Ge(0), Le(2**40)] = 2**16,
        shots: PositiveInt | None = None,
        seed: Seed = 0,
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
        self.shots = None if shots is None else Shots(shots, seed)

    @property
    def label(self) -> str:
        return "statevector" if self.shots is None else self.shots.label

    @property
    def n_shots(self) -> int | None:
        return None if self.shots is None else self.shots.number

    @property
    def _written_out(self) -> bool:
        # torch.compile traces plain operations, not memory that serves again, and differentiates them itself.
        return self.gradient == "adjoint" and not torch.compiler.is_compiling()

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        _check_dtype(parameters)
        with without_autocast(parameters.device):
            if self.shots is not None:
                return self.shots.expectations(self._outcomes, ansatz, inputs, parameters, words)
            if self._written_out and isinstance(ansatz, Reuploading):
                parts = self._parts(ansatz, inputs, parameters)
                with _explaining_torch_func():
                    values: list[Tensor] = [
                        AdjointCircuit.apply(part, parameters, ansatz.pairs, words, self.group_size, parts is not None)
                        for part in parts or (inputs,)
                    ]
                return torch.cat(values) if len(values) > 1 else values[0]
            state = run(ansatz, inputs.flatten(1), parameters.flatten()[None], self.group_size)[0]
            measurement = prepare_measurement(words, ansatz.n_qubits, parameters.dtype, parameters.device)
            return expectations(state, measurement)

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        if self.shots is not None:
            raise NotImplementedError("StatevectorBackend has shots of expectation values alone")
        _check_dtype(parameters)
        with without_autocast(parameters.device):
            if self._written_out and isinstance(ansatz, Layered):
                keep_states = self._keeps_states(ansatz, inputs)
                with _explaining_torch_func():
                    values: Tensor = AdjointLayers.apply(
                        encode(inputs, ansatz), parameters, ansatz, self.group_size, keep_states
                    )
                return values
            state = run(ansatz, inputs.flatten(1), parameters.flatten(1), self.group_size)
            return torch.view_as_real(state).square().sum(-1).permute(2, 0, 1)

    def _outcomes(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, bases: Sequence[str]) -> Tensor:
        state = run(ansatz, inputs.flatten(1), parameters.flatten()[None], self.group_size)[0]
        return torch.stack([outcome_probabilities(state, letters) for letters in bases])

    def _parts(self, ansatz: Reuploading, inputs: Tensor, parameters: Tensor) -> tuple[Tensor, ...] | None:
        """The batch in parts whose states are all kept; None where they are not."""
        if self._keeps_states(ansatz, inputs):
            return (inputs,)
        amplitudes: int = 2**ansatz.n_qubits
        n_turns = (ansatz.n_reuploads + 1) * len(ansatz.pairs)
        kept = 2 * parameters.element_size() * n_turns * amplitudes * len(inputs)
        fitting = self.keep_up_to // amplitudes
        if fitting == 0 or kept > KEPT_BYTES:
            return None
        return inputs.chunk(-(-len(inputs) // fitting))

    def bytes_needed(self, ansatz: Ansatz, batch: int) -> int:
        # Measured: 14 states of the batch in a backward pass that is written out; and the signs of Z on every wire.
        written_out = self.gradient == "adjoint" and isinstance(ansatz, Reuploading | Layered)
        n_states = 12 if written_out else max(12, 2 * _count_steps(ansatz))
        return (n_states * batch + ansatz.n_qubits) * 8 * int(2**ansatz.n_qubits)

    def _keeps_states(self, ansatz: Ansatz, inputs: Tensor) -> bool:
        n_amplitudes: int = len(inputs) * 2**ansatz.n_qubits
        return n_amplitudes <= self.keep_up_to


@lru_cache(maxsize=32)
def _count_steps(ansatz: Ansatz) -> int:
    """Steps before and after each of which autograd keeps a state."""
    return len(steps(ansatz))


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
