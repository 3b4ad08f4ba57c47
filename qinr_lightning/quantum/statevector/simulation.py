"""Any circuit in plain PyTorch operations, which autograd differentiates; also under ``torch.func`` and twice.

A state is ``(n_circuits, 2**n_qubits, batch)``: circuits that differ in their parameters, basis states with wire 0 as
the most significant bit, samples. Before the first input is met it is of a batch of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Ansatz, Input, Parameter
from qinr_lightning.quantum.statevector.basis import cnot_image
from qinr_lightning.quantum.statevector.matrices import Busy, busy_groups, products_by_step, split_qubits
from qinr_lightning.quantum.statevector.program import IDENTITY, CnotStep, Local, LocalStep, Phase, PhaseStep, steps


@dataclass(frozen=True)
class LocalMatrices:
    """The 2x2 matrices of all local steps, ``cos(angle/2) constant + sin(angle/2) sine``.

    Attributes:
        sources: Where each angle is among the parameters and, after them, ``fixed``; ``(n_steps * n_qubits, n_gates)``:
            every wire of every step has the same number of gates, the identity where it has fewer.
        fixed: Constant angles, rad, ``(n_fixed,)``.
        constant: Complex, ``(n_steps * n_qubits, n_gates, 2, 2)``.
        sine: Of the same shape.
        groups: Sizes of the groups of neighbouring qubits whose matrices become one.
        busy: For each step and group, whether there is a gate in it.
    """

    sources: Tensor
    fixed: Tensor
    constant: Tensor
    sine: Tensor
    groups: tuple[int, ...]
    busy: Busy

    def products(self, parameters: Tensor) -> list[list[Tensor | None]]:
        """Matrices of each step and group, ``(n_circuits, 2**size, 2**size)``; None for the identity.

        From parameters ``(n_circuits, n_parameters)``.
        """
        if not self.busy:
            return []
        angles = torch.cat([parameters, self.fixed.expand(len(parameters), -1)], dim=1)
        half = (angles / 2)[:, self.sources, None, None]
        matrices = half.cos() * self.constant + half.sin() * self.sine
        return products_by_step(matrices, self.groups, self.busy)


@dataclass(frozen=True)
class Diagonals:
    """The phases of some diagonal steps, linear in angles of one kind: ``fixed + coefficients @ angles``.

    Attributes:
        sources: Which angles, ``(n_steps, n_angles)``; a step with fewer has coefficients of 0.
        coefficients: ``(n_steps, 2**n_qubits, n_angles)``.
        fixed: ``(n_steps, 2**n_qubits, 1)``.
    """

    sources: Tensor
    coefficients: Tensor
    fixed: Tensor

    def factors(self, angles: Tensor) -> Tensor:
        """The diagonals, complex.

        Args:
            angles: rad, ``(..., n, columns)``, with n angles to choose from: columns are samples.

        Returns:
            ``(..., n_steps, 2**n_qubits, columns)``.
        """
        phases = self.fixed + self.coefficients @ angles[..., self.sources, :]
        return torch.complex(phases.cos(), phases.sin())


@dataclass(frozen=True)
class Prepared:
    """A circuit's steps in the dtype and on the device of its parameters.

    Attributes:
        order: For each step its kind and its number among those of its kind; a diagonal that depends on inputs and on
            parameters is two steps.
        local: The local steps.
        of_inputs: Diagonals that depend on inputs.
        of_parameters: Diagonals that depend on parameters, or on nothing.
        sources: Of each CNOT step, which basis state each comes from, ``(2**n_qubits,)``.
    """

    order: tuple[tuple[str, int], ...]
    local: LocalMatrices
    of_inputs: Diagonals
    of_parameters: Diagonals
    sources: tuple[Tensor, ...]


def run(ansatz: Ansatz, inputs: Tensor, parameters: Tensor, group_size: int) -> Tensor:
    """State after circuits that share their input.

    Args:
        ansatz: The circuits.
        inputs: Angles, rad, ``(batch, n_inputs)``.
        parameters: Angles, rad, ``(n_circuits, n_parameters)``.
        group_size: Most neighbouring qubits whose matrices become one.

    Returns:
        Complex, ``(n_circuits, 2**n_qubits, batch)``.
    """
    prepared = prepare(ansatz, group_size, parameters.dtype, parameters.device)
    matrices = prepared.local.products(parameters)
    encodings = prepared.of_inputs.factors(inputs.to(parameters.dtype).T).unbind(0)
    diagonals = prepared.of_parameters.factors(parameters.unsqueeze(-1)).unbind(1)

    shape = (len(parameters), 2**ansatz.n_qubits)
    state = torch.zeros(*shape, 1, dtype=parameters.dtype.to_complex(), device=parameters.device)
    state[:, 0] = 1
    for kind, number in prepared.order:
        if kind == "local":
            state = _apply(matrices[number], prepared.local.groups, state).reshape(*shape, -1)
        elif kind == "inputs":
            state = state * encodings[number]
        elif kind == "parameters":
            state = state * diagonals[number]
        else:
            state = state.index_select(1, prepared.sources[number])
    return state.expand(-1, -1, len(inputs))


def _apply(products: Sequence[Tensor | None], groups: Sequence[int], state: Tensor) -> Tensor:
    """The matrix of each group of qubits, wire 0's first."""
    n_before = 1
    for size, product in zip(groups, products, strict=True):
        if product is not None:
            state = product.unsqueeze(1) @ state.reshape(len(state), n_before, 2**size, -1)
        n_before *= 2**size
    return state


@lru_cache(maxsize=32)
def prepare(ansatz: Ansatz, group_size: int, dtype: torch.dtype, device: torch.device) -> Prepared:
    """Sort a circuit's gates into steps and put what does not depend on angles into tensors."""
    order: list[tuple[str, int]] = []
    local: list[LocalStep] = []
    phases: dict[str, list[list[Phase]]] = {"inputs": [], "parameters": []}
    cnots: list[CnotStep] = []
    for step in steps(ansatz):
        if isinstance(step, LocalStep):
            order.append(("local", len(local)))
            local.append(step)
        elif isinstance(step, PhaseStep):
            for kind, members in _by_kind(step).items():
                order.append((kind, len(phases[kind])))
                phases[kind].append(members)
        else:
            order.append(("cnots", len(cnots)))
            cnots.append(step)
    # The cache outlives the caller's inference mode; tensors made in it could not take part in training.
    with torch.inference_mode(False):
        return Prepared(
            tuple(order),
            _local_matrices(local, ansatz, group_size, dtype, device),
            _diagonals(phases["inputs"], ansatz.n_qubits, dtype, device),
            _diagonals(phases["parameters"], ansatz.n_qubits, dtype, device),
            tuple(cnot_image(ansatz.n_qubits, step.cnots).argsort().to(device) for step in cnots),
        )


def _by_kind(step: PhaseStep) -> dict[str, list[Phase]]:
    """The phases that depend on inputs and those on parameters; constant ones join whichever there are."""
    members = {
        "inputs": [phase for phase in step.phases if isinstance(phase.angle, Input)],
        "parameters": [phase for phase in step.phases if isinstance(phase.angle, Parameter)],
    }
    fixed = [phase for phase in step.phases if not isinstance(phase.angle, Input | Parameter)]
    members["inputs" if members["inputs"] else "parameters"] += fixed
    return {kind: found for kind, found in members.items() if found}


def _local_matrices(
    found: list[LocalStep], ansatz: Ansatz, group_size: int, dtype: torch.dtype, device: torch.device
) -> LocalMatrices:
    n_qubits = ansatz.n_qubits
    groups = split_qubits(n_qubits, group_size)
    busy = busy_groups([step.wires for step in found], groups)
    n_gates = max((len(gates) for step in found for gates in step.by_wire.values()), default=1)
    nothing = Local(0, IDENTITY)
    slots = [
        gates + [nothing] * (n_gates - len(gates))
        for step in found
        for gates in (step.by_wire.get(wire, []) for wire in range(n_qubits))
    ]
    fixed = sorted({float(gate.angle) for gates in slots for gate in gates if not isinstance(gate.angle, Parameter)})
    sources = [
        [
            gate.angle.index
            if isinstance(gate.angle, Parameter)
            else ansatz.n_parameters + fixed.index(float(gate.angle))
            for gate in gates
        ]
        for gates in slots
    ]
    zero = ((0, 0), (0, 0))
    shape = (-1, n_gates, 2, 2)
    constant = torch.tensor([[gate.constant for gate in gates] for gates in slots], dtype=torch.complex128)
    sine = torch.tensor([[gate.sine or zero for gate in gates] for gates in slots], dtype=torch.complex128)
    return LocalMatrices(
        torch.tensor(sources, dtype=torch.long).view(-1, n_gates).to(device),
        torch.tensor(fixed, dtype=torch.float64).to(device, dtype),
        constant.view(shape).to(device, dtype.to_complex()),
        sine.view(shape).to(device, dtype.to_complex()),
        groups,
        busy,
    )


def _diagonals(found: list[list[Phase]], n_qubits: int, dtype: torch.dtype, device: torch.device) -> Diagonals:
    n_steps, n_states = len(found), 2**n_qubits
    n_angles = max((_n_angles(members) for members in found), default=0)
    sources = torch.zeros(n_steps, n_angles, dtype=torch.long)
    coefficients = torch.zeros(n_steps, n_states, n_angles, dtype=torch.float64)
    fixed = torch.zeros(n_steps, n_states, 1, dtype=torch.float64)
    for step, members in enumerate(found):
        position = 0
        for phase in members:
            values = phase.values(n_qubits)
            if isinstance(phase.angle, Input | Parameter):
                sources[step, position] = phase.angle.index
                coefficients[step, :, position] = values
                position += 1
            else:
                fixed[step, :, 0] += phase.angle * values
    return Diagonals(sources.to(device), coefficients.to(device, dtype), fixed.to(device, dtype))


def _n_angles(members: list[Phase]) -> int:
    return sum(isinstance(phase.angle, Input | Parameter) for phase in members)
