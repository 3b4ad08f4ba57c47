"""Layered circuits with their gradient written out: all circuits and all samples in one pass.

A state is ``(n_circuits, 2**n_qubits, batch)``, complex: wire 0 is the most significant bit, the batch comes last. The
circuits share their input and differ in their angles. As in :mod:`.reupload_adjoint`, Rot is RZ RY RZ: the
steps are *turns* (RY on every qubit, real matrices), *diagonals* (RZ) and the *permutations* of basis states that CNOT
gates are. A diagonal after a permutation is another diagonal before it, so the two RZ around a layer's CNOT gates are
one. What follows the last turn are RZ, which probabilities do not see, and CNOT gates.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Layered
from qinr_lightning.quantum.backend import without_autocast
from qinr_lightning.quantum.statevector.basis import cnot_image, z_signs
from qinr_lightning.quantum.statevector.reupload_adjoint import refuse_second_derivatives, turn_gradients
from qinr_lightning.quantum.statevector.steps import Constants, apply_turn, prepare_constants, turn_matrices


@dataclass(frozen=True)
class Permutations:
    """CNOT gates as permutations, for each layer.

    Attributes:
        images: Number of the basis state that each basis state becomes, ``(n_layers, 2**n_qubits)``.
        sources: The inverse permutations, ``(n_layers, 2**n_qubits)``.
        half_z: ``z_q / 2`` of what basis states become, ``(n_layers, n_qubits, 2**n_qubits)``.
    """

    images: Tensor
    sources: Tensor
    half_z: Tensor


@lru_cache(maxsize=32)
def prepare_permutations(ansatz: Layered, dtype: torch.dtype, device: torch.device) -> Permutations:
    """Permutations of circuits of this shape, ``half_z`` in the real ``dtype`` of their parameters."""
    # The cache outlives the caller's inference mode; tensors made in it could not take part in training.
    with torch.inference_mode(False):
        images = torch.stack([cnot_image(ansatz.n_qubits, cnots) for cnots in ansatz.cnots])
        half_z = z_signs(ansatz.n_qubits)[:, images].transpose(0, 1) / 2
        return Permutations(images.to(device), images.argsort(1).to(device), half_z.to(device, dtype))


def encode(angles: Tensor, ansatz: Layered) -> Tensor:
    """The product state that RX or RY make of ``|0...0>``: rad, ``(batch, n_qubits)`` to ``(2**n_qubits, batch)``."""
    cos, sin = (angles / 2).cos(), (angles / 2).sin()
    one = torch.complex(torch.zeros_like(sin), -sin) if ansatz.encoding == "RX" else sin
    state = torch.ones_like(one[:, :1]).T
    for wire in range(angles.shape[1]):
        state = (state[:, None] * torch.stack([cos[:, wire].to(one), one[:, wire]])).flatten(0, 1)
    return state if state.is_complex() else torch.complex(state, torch.zeros_like(state))


class AdjointLayers(torch.autograd.Function):
    """``apply(state, rotations, ansatz, group_size, keep_states)``: probabilities, after :func:`encode`.

    From states ``(2**n_qubits, batch)`` and rotations ``(n_circuits, n_layers, n_qubits, 3)`` to ``(batch, n_circuits,
    2**n_qubits)``.

    The gradient is written out, as in :class:`.reupload_adjoint.AdjointCircuit`: with ``keep_states`` the
    states after all turns are kept for it, else they are recovered on the way back.
    """

    @staticmethod
    def forward(
        ctx: Any, state: Tensor, rotations: Tensor, ansatz: Layered, group_size: int, keep_states: bool
    ) -> Tensor:
        steps = LayerSteps(rotations.detach(), ansatz, group_size)
        ctx.steps, ctx.keep_states = steps, keep_states
        state = state.detach().unsqueeze(0)
        # The gradient of the first diagonal needs what it acts on.
        ctx.encoded = state
        state = state * steps.first_diagonal
        kept = []
        for layer in range(steps.n_layers):
            state = steps.turn(layer, state)
            kept += [state] if keep_states or layer == steps.n_layers - 1 else []
            if layer < steps.n_layers - 1:
                state = steps.close(layer, state)
        ctx.kept = kept
        probabilities = torch.view_as_real(state).square().sum(-1)
        return probabilities.index_select(1, steps.permutations.sources[-1]).permute(2, 0, 1)

    @staticmethod
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        # As in reupload_adjoint: the caller's autocast is not the circuit's.
        with without_autocast(weights.device):
            return *backpropagate(ctx, weights), None, None, None


def backpropagate(ctx: Any, weights: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the state and the rotations, where asked for.

    Args:
        ctx: What ``AdjointLayers.forward`` has left.
        weights: The loss's gradient of the probabilities, ``(batch, n_circuits, 2**n_qubits)``.
    """
    needs_state, needs_rotations = ctx.needs_input_grad[:2]
    steps: LayerSteps = ctx.steps
    state = ctx.kept[-1]
    weights = weights.permute(1, 2, 0).contiguous().index_select(1, steps.permutations.images[-1])
    gradient = 2 * weights * state
    of_turns, of_phases = [], []
    for layer in reversed(range(steps.n_layers)):
        of_turns.append(steps.turn_gradient(gradient, state))
        gradient = steps.turn(layer, gradient, back=True)
        if layer > 0:
            gradient = steps.open(layer - 1, gradient)
            state = (
                ctx.kept[layer - 1] if ctx.keep_states else steps.open(layer - 1, steps.turn(layer, state, back=True))
            )
            of_phases.append(phase_gradient(gradient, state))
    gradient = gradient * steps.first_diagonal.conj()
    of_phases.append(phase_gradient(gradient, ctx.encoded))
    rotations = steps.collect(of_turns[::-1], of_phases[::-1]) if needs_rotations else None
    return gradient.sum(0) if needs_state else None, rotations


def phase_gradient(gradient: Tensor, state: Tensor) -> Tensor:
    """Minus the gradient of the phase that a diagonal gives each basis state, summed over the batch.

    From the loss's gradient of the state and the state, both ``(n_circuits, 2**n_qubits, batch)`` and on the same side
    of the diagonal, to ``(n_circuits, 2**n_qubits)``.
    """
    return (gradient.real * state.imag - gradient.imag * state.real).sum(-1)


class LayerSteps:
    """The steps of layered circuits, all matrices and diagonals prepared together.

    Args:
        rotations: Rot angles, rad, ``(n_circuits, n_layers, n_qubits, 3)``.
        ansatz: Encoding and CNOT gates.
        group_size: Most qubits whose RY become one matrix.
    """

    def __init__(self, rotations: Tensor, ansatz: Layered, group_size: int) -> None:
        self.n_circuits, self.n_layers, self.n_qubits, _ = rotations.shape
        dtype, device = rotations.dtype, rotations.device
        self.constants: Constants = prepare_constants(((),), self.n_qubits, group_size, dtype, device)
        self.permutations = prepare_permutations(ansatz, dtype, device)
        a, b, g = rotations.transpose(0, 1).unbind(-1)
        matrices, _ = turn_matrices(b.flatten(0, 1), self.constants)
        self._turns = self._by_layer(matrices)
        self._turns_back = self._by_layer([matrix.mT for matrix in matrices])
        z, z_after = self.constants.half_z, self.permutations.half_z[:-1]
        self.first_diagonal = _phase_factors(a[0] @ z)
        self._diagonals = _phase_factors(g[:-1] @ z + torch.bmm(a[1:], z_after)).unbind(0)

    def _by_layer(self, matrices: list[Tensor]) -> list[list[Tensor]]:
        """The same matrix for each basis state of the groups before its own: ``(n_circuits * n_before, ...)`` each."""
        n_before, groups = 1, []
        for matrix in matrices:
            repeated = matrix.unsqueeze(1).expand(-1, n_before, -1, -1)
            groups.append(repeated.reshape(self.n_layers, -1, *matrix.shape[1:]).unbind(0))
            n_before *= matrix.shape[-1]
        return [list(turn) for turn in zip(*groups, strict=True)]

    def turn(self, layer: int, state: Tensor, back: bool = False) -> Tensor:
        """RY on every qubit; its inverse with ``back``."""
        return apply_turn((self._turns_back if back else self._turns)[layer], state.contiguous())

    def close(self, layer: int, state: Tensor) -> Tensor:
        """What is between the turn of a layer and the next: RZ and CNOT gates."""
        return (state * self._diagonals[layer]).index_select(1, self.permutations.sources[layer])

    def open(self, layer: int, state: Tensor) -> Tensor:
        """The inverse of :meth:`close`."""
        return state.index_select(1, self.permutations.images[layer]).mul_(self._diagonals[layer].conj())

    def turn_gradient(self, gradient: Tensor, state: Tensor) -> Tensor:
        """Gradient of the RY angles before a state, ``(n_circuits, n_qubits)``."""
        return turn_gradients(gradient, state, self.constants)

    def collect(self, of_turns: list[Tensor], of_phases: list[Tensor]) -> Tensor:
        """Gradient of the Rot angles, from those of all turns and of all diagonals (:func:`phase_gradient`)."""
        phases = torch.stack(of_phases)
        b = torch.stack(of_turns)
        g = torch.zeros_like(b)
        g[:-1] = phases[1:] @ self.constants.half_z.T
        a = torch.cat([phases[:1] @ self.constants.half_z.T, torch.bmm(phases[1:], self.permutations.half_z[:-1].mT)])
        return torch.stack([a, b, g], dim=-1).transpose(0, 1)


def _phase_factors(half_angles: Tensor) -> Tensor:
    """exp(-i angle), with a dimension for the batch."""
    return torch.complex(half_angles.cos(), -half_angles.sin()).unsqueeze(-1)
