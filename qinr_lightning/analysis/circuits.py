"""The circuit of a trained decoder, taken out of it: its angles at images, and its exact states."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from qinr_lightning.quantum import Ansatz, Backend, DescribedCircuit, Input, Parameter
from qinr_lightning.quantum.ansatz import Angle
from qinr_lightning.quantum.readout import PauliWord

_AMPLITUDES = 2**23
"""Most amplitudes that are kept together, over all gates: 128 MiB."""


@dataclass(frozen=True)
class TrainedCircuit:
    """A circuit with the values of its parameters, in double precision.

    Attributes:
        ansatz: The gates.
        words: The observables.
        encoding: From the circuit's angles, row by row, to the inputs of its gates, ``(n_inputs, n_angles)``: the
            scales of eq. (8), where they apply.
        parameters: Angles, rad, ``(n_parameters,)``.
        angles: What the decoder gives it, rad, ``(n, n_angles)``.
    """

    ansatz: Ansatz
    words: tuple[PauliWord, ...]
    encoding: Tensor
    parameters: Tensor
    angles: Tensor

    def states(self, angles: Tensor) -> Tensor:
        """States at angles, rad, ``(n, n_angles)``; complex, ``(n, 2**n_qubits)``."""
        return states(self.ansatz, angles @ self.encoding.T, self.parameters)

    def values(self, angles: Tensor) -> Tensor:
        """Expectation values at angles, rad, ``(n, n_angles)``; ``(n, n_words)``."""
        return self.values_of_inputs(angles @ self.encoding.T)

    def values_of_inputs(self, inputs: Tensor) -> Tensor:
        """Expectation values for inputs of the gates, rad, ``(n, n_inputs)``; ``(n, n_words)``."""
        parts = (states(self.ansatz, part, self.parameters) for part in inputs.split(states_at_once(self.ansatz)))
        return torch.cat([expectations(part, self.words) for part in parts])


def states_at_once(ansatz: Ansatz) -> int:
    """States that may be computed together: what autograd keeps of them is a bounded part of the memory."""
    size: int = 2**ansatz.n_qubits
    return max(1, _AMPLITUDES // (size * max(1, len(ansatz.gates))))


def find_circuit(model: nn.Module) -> DescribedCircuit | None:
    """The circuit of a model; None where it has none, or one that PennyLane alone knows."""
    return next((module for module in model.modules() if isinstance(module, DescribedCircuit)), None)


@torch.no_grad()
def trained_circuit(model: nn.Module, circuit: DescribedCircuit, images: Tensor) -> TrainedCircuit:
    """A model's circuit and the angles that it gets for some images.

    Args:
        model: Maps the images to something by way of the circuit, in double precision.
        circuit: A part of it.
        images: What the model takes, ``(n, channels, height, width)``.
    """
    seen: list[Tensor] = []
    hook = circuit.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0].detach()))
    try:
        model(images)
    finally:
        hook.remove()
    shape = seen[0].shape[1:]
    n_angles = shape.numel()
    # The encoding is linear: what it makes of unit vectors says all of it.
    unit = torch.eye(n_angles, dtype=torch.float64).view(n_angles, *shape)
    with _recording(circuit) as recorder:
        circuit(unit)
    assert recorder.inputs is not None
    assert recorder.parameters is not None
    return TrainedCircuit(
        circuit.ansatz,
        circuit.words,
        recorder.inputs.T.contiguous(),
        recorder.parameters,
        torch.cat(seen).flatten(1),
    )


class _Recorder(Backend):
    """Keeps what it is given to run, and runs nothing."""

    inputs: Tensor | None = None
    parameters: Tensor | None = None

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        self.inputs = inputs.detach().flatten(1).clone()
        self.parameters = parameters.detach().flatten().clone()
        return parameters.new_zeros(len(inputs), len(words))

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        raise NotImplementedError


@contextmanager
def _recording(circuit: DescribedCircuit) -> Iterator[_Recorder]:
    backend = circuit.backend
    circuit.backend = recorder = _Recorder()
    try:
        yield recorder
    finally:
        circuit.backend = backend


def states(ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
    """States after a circuit, in plain operations that autograd differentiates; PennyLane has the gates' matrices.

    Args:
        ansatz: The circuit.
        inputs: Angles, rad, ``(batch, n_inputs)``, or a batch of one for all parameters.
        parameters: Angles, rad, ``(n_parameters,)``, or ``(batch, n_parameters)``: a set for each input.

    Returns:
        Complex, ``(batch, 2**n_qubits)``; wire 0 is the most significant bit.
    """
    import pennylane as qp

    batch = max(len(inputs), len(parameters) if parameters.dim() == 2 else 1)

    def value(angle: Angle) -> Tensor:
        if isinstance(angle, Input):
            return inputs[:, angle.index].expand(batch)
        if isinstance(angle, Parameter):
            return parameters[..., angle.index].expand(batch)
        return parameters.new_full((batch,), angle)

    state = torch.zeros(batch, 2**ansatz.n_qubits, dtype=parameters.dtype.to_complex())
    state[:, 0] = 1
    for gate in ansatz.gates:
        matrix = getattr(qp, gate.name).compute_matrix(*map(value, gate.angles))
        state = _apply(torch.as_tensor(matrix, dtype=state.dtype), gate.wires, state)
    return state


def expectations(state: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
    """Expectation values of words in states ``(batch, 2**n_qubits)``; ``(batch, n_words)``."""
    import pennylane as qp

    paulis: dict[str, Any] = {"X": qp.PauliX, "Y": qp.PauliY, "Z": qp.PauliZ}
    values = []
    for word in words:
        turned = state
        for letter, wire in word:
            turned = _apply(torch.as_tensor(paulis[letter].compute_matrix(), dtype=state.dtype), (wire,), turned)
        values.append((state.conj() * turned).sum(-1).real)
    return torch.stack(values, -1)


def _apply(matrix: Tensor, wires: tuple[int, ...], state: Tensor) -> Tensor:
    """A matrix ``(2**k, 2**k)``, or one for each state, on k wires of states ``(batch, 2**n_qubits)``."""
    batch, size = state.shape
    n_qubits = size.bit_length() - 1
    axes = [1 + wire for wire in wires]
    last = list(range(n_qubits + 1 - len(wires), n_qubits + 1))
    moved = state.view(batch, *[2] * n_qubits).movedim(axes, last)
    turned = moved.reshape(batch, -1, 2 ** len(wires)) @ matrix.mT
    return turned.view(moved.shape).movedim(last, axes).reshape(batch, size)
