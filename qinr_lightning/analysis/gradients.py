"""How large gradients are at random parameters: whether there is a barren plateau."""

import math

import torch
from torch import Tensor

from qinr_lightning.analysis.circuits import TrainedCircuit, expectations, states, states_at_once
from qinr_lightning.quantum import Ansatz, Input, Parameter


def layers_of_parameters(ansatz: Ansatz) -> list[int]:
    """The layer of each parameter: how many encodings, gates with inputs between gates with parameters, are before it.

    A parameter that no gate has is in layer 0.
    """
    layer, encodes = 0, False
    layers = [0] * ansatz.n_parameters
    for gate in ansatz.gates:
        if any(isinstance(angle, Input) for angle in gate.angles):
            encodes = True
        for angle in gate.angles:
            if isinstance(angle, Parameter):
                layer, encodes = layer + encodes, False
                layers[angle.index] = layer
    return layers


def gradient_variances(circuit: TrainedCircuit, n: int, generator: torch.Generator) -> Tensor:
    """Variance of the derivative of an expectation value by each parameter, over random parameters.

    Mean over the observables, at the circuit's mean angles. Each draw differentiates the sum of the observables with
    random signs, whose square is on average the sum of the squares; the mean of a derivative by an angle is 0.

    Args:
        circuit: Its parameters are replaced.
        n: Draws.
        generator: Of the draws.

    Returns:
        ``(n_parameters,)``.
    """
    draws = random_parameters(circuit, n, generator)
    signs = torch.randint(2, (n, len(circuit.words)), generator=generator) * 2.0 - 1
    inputs = circuit.angles.mean(0, keepdim=True) @ circuit.encoding.T
    total = torch.zeros(circuit.ansatz.n_parameters, dtype=torch.float64)
    at_once = states_at_once(circuit.ansatz)
    for parameters, of_words in zip(draws.split(at_once), signs.split(at_once), strict=True):
        parameters.requires_grad_()
        values = expectations(states(circuit.ansatz, inputs, parameters), circuit.words)
        (gradients,) = torch.autograd.grad((of_words * values).sum(), parameters)
        total += gradients.square().sum(0)
    return total / (n * len(circuit.words))


def random_parameters(circuit: TrainedCircuit, n: int, generator: torch.Generator) -> Tensor:
    """Angles uniform in [0, 2 pi), of controlled rotations in [0, 4 pi), their period; rad, ``(n, n_parameters)``."""
    periods = torch.full((circuit.ansatz.n_parameters,), 2 * math.pi, dtype=torch.float64)
    for gate in circuit.ansatz.gates:
        if gate.is_controlled_rotation:
            periods[[angle.index for angle in gate.angles if isinstance(angle, Parameter)]] = 4 * math.pi
    return periods * torch.rand(n, circuit.ansatz.n_parameters, dtype=torch.float64, generator=generator)


def plateau(n_qubits: int) -> float:
    """The variance where the gates before and after the parameter's are random enough to be a barren plateau.

    For a rotation about a Pauli word and an observable that is one, between two Haar-random unitaries:
    N^2 / (2 (N + 1) (N^2 - 1)) with N = 2^n. McClean et al. (2018, arXiv 1803.11173) have the order, 1 / N.
    """
    size: int = 2**n_qubits
    return size**2 / (2 * (size + 1) * (size**2 - 1))
