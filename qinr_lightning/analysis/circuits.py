"""The circuit of a trained decoder, taken out of it: its angles at images, and its exact states."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import Ansatz, DescribedCircuit, described_circuits
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.statevector.expectations import expectations as of_words
from qinr_lightning.quantum.statevector.expectations import prepare_measurement
from qinr_lightning.quantum.statevector.simulation import run

_AMPLITUDES = 2**23
"""Most amplitudes that are kept together, over all gates: 128 MiB."""
_GROUP_SIZE = 4
"""Most neighbouring qubits whose gates are multiplied into one matrix."""


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
    return next(iter(described_circuits(model)), None)


@torch.no_grad()
def trained_circuit(model: nn.Module, circuit: DescribedCircuit, images: Tensor) -> TrainedCircuit:
    """A model's circuit and the angles that it gets for some images.

    Args:
        model: Maps the images to something by way of the circuit, in double precision.
        circuit: A part of it.
        images: What the model takes, ``(n, channels, height, width)``.

    Raises:
        SettingError: For a circuit of somebody's own that binds angles in another way than by a matrix.
    """
    seen: list[Tensor] = []
    with circuit.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0].detach())):
        model(images)
    shape = seen[0].shape[1:]
    # Of a linear encoding what it makes of unit vectors says all.
    unit = torch.eye(shape.numel(), dtype=torch.float64).view(-1, *shape)
    inputs, parameters = circuit.bind(unit)
    encoding = inputs.flatten(1).T.contiguous()
    given = torch.cat(seen)
    if not torch.allclose(circuit.bind(given)[0].flatten(1), given.flatten(1) @ encoding.T, atol=1e-6):
        raise SettingError("circuit", type(circuit).__name__, "has inputs that are no linear function of its angles")
    return TrainedCircuit(
        circuit.ansatz,
        circuit.words,
        encoding,
        parameters.detach().flatten().clone(),
        given.flatten(1),
    )


def states(ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
    """States after a circuit, in plain operations that autograd differentiates.

    Args:
        ansatz: The circuit.
        inputs: Angles, rad, ``(batch, n_inputs)``, or a batch of one for all parameters.
        parameters: Angles, rad, ``(n_parameters,)``, or ``(batch, n_parameters)``: a set for each input.

    Returns:
        Complex, ``(batch, 2**n_qubits)``; wire 0 is the most significant bit.
    """
    of_all = run(ansatz, inputs, parameters if parameters.dim() == 2 else parameters[None], _GROUP_SIZE)
    if len(of_all) == 1:
        return of_all[0].T
    # Every set of parameters has met every input.
    return of_all[..., 0] if len(inputs) == 1 else of_all.diagonal(dim1=0, dim2=2).T


def expectations(state: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
    """Expectation values of words in states ``(batch, 2**n_qubits)``; ``(batch, n_words)``."""
    n_qubits = state.shape[1].bit_length() - 1
    return of_words(state.T, prepare_measurement(words, n_qubits, state.dtype.to_real(), state.device))
