"""The circuit with its gradient written out: exact, and much faster than autograd.

Rot is RZ RY RZ, and RZ commutes with everything diagonal. So the circuit is two kinds of step in turn:

- *turns*: RY on every qubit, one real matrix for each group of qubits, half the work of a complex one;
- *diagonals*: the RZ that closes a block, the block's CZ ring, the encoding if one follows, and the RZ that opens the
  next block. Diagonal ``i`` follows turn ``i``.

The RZ that opens the first block only changes the global phase. So does, for a readout of Z alone, everything after the
last turn. Both are left out, and the gradients of their angles are exactly zero. Before the first encoding the state
does not depend on the input and is kept for a batch of one.

The gradient is the adjoint method's: the loss's gradient ``g`` of the state is taken back through the circuit. Where it
meets the state ``s``, between turn ``i`` and diagonal ``i``, it gives the gradients of both. With the real inner
product ``<g, s> = Re sum conj(g) s`` they are

- ``<g, -i/2 Z_q s> = sum_k z_q(k)/2 Im(conj(g_k) s_k)`` for an angle of the diagonal;
- ``<g, -i/2 Y_q s>`` for an angle of the turn. The matrix ``-i/2 Y_q`` is real, so this is its inner product with the
  small matrix ``Re g s^dagger`` of the qubit's group.

The states are either kept from the forward pass, or recovered on the way back by undoing the steps, which are unitary:
then the memory is a few states, however deep the circuit.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.quantum.measurement import expectations, expectations_gradient, prepare_measurement
from qinr_lightning.quantum.pauli import PauliWord
from qinr_lightning.quantum.steps import (
    Constants,
    all_diagonals,
    apply_turn,
    arrange_diagonals,
    one_diagonal,
    prepare_constants,
    repeat_matrices,
    turn_matrices,
)


class AdjointCircuit(torch.autograd.Function):
    """``apply(angles, rotations, words, group_size, keep_states)``: expectation values, ``(batch, len(words))``.

    The arguments are those of :class:`~qinr_lightning.quantum.backend.Backend`, the most qubits in a group, and whether
    to keep all states and diagonals for the backward pass, rather than undo the steps.

    The context is filled in ``forward``: a ``setup_context`` of its own would open the way to ``torch.func``, but
    makes forward and backward of the paper's circuit a fifth slower. ``torch.func`` works with autograd's gradient.
    """

    @staticmethod
    def forward(
        ctx: Any, angles: Tensor, rotations: Tensor, words: tuple[PauliWord, ...], group_size: int, keep_states: bool
    ) -> Tensor:
        _, n_blocks, n_qubits, _ = rotations.shape
        constants = prepare_constants(n_blocks, n_qubits, group_size, rotations.dtype, rotations.device)
        measurement = prepare_measurement(words, n_qubits, rotations.dtype, rotations.device)
        a, b, g = rotations.flatten(0, 1).unbind(-1)
        matrices, state = turn_matrices(b, constants)
        turns = repeat_matrices(matrices)
        kept: list[Tensor] = []
        if keep_states:
            fixed, encodings = all_diagonals(angles, a, g, constants)
            kept += fixed, encodings, state
            diagonals = arrange_diagonals(fixed, encodings, n_blocks)

        for i in range(len(turns)):
            if i > 0:
                state = apply_turn(turns[i], state)
                if keep_states:
                    kept.append(state)
            if i < len(turns) - 1 or not measurement.is_diagonal:
                state = state * (diagonals[i] if keep_states else one_diagonal(i, angles, a, g, constants))
        ctx.save_for_backward(angles, rotations, state, *matrices, *kept)
        ctx.constants, ctx.measurement, ctx.keep_states = constants, measurement, keep_states
        ctx.shape = rotations.shape
        return expectations(state, measurement)

    @staticmethod
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        # once_differentiable would not do: it lets second derivatives with constant weights pass, as zeros.
        if torch.is_grad_enabled():
            raise NotImplementedError(
                'StatevectorBackend(gradient="adjoint") has no second derivatives (create_graph=True); '
                'use gradient="autograd"'
            )
        # A caller's autocast would round the matrix products to half precision.
        with without_autocast(weights.device):
            return *backpropagate(ctx, weights), None, None, None


def backpropagate(ctx: Any, weights: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the angles and the rotations, where asked for.

    Args:
        ctx: What ``AdjointCircuit.forward`` has left.
        weights: The loss's gradient of the expectation values, ``(batch, n_words)``.
    """
    needs_angles, needs_rotations = ctx.needs_input_grad[:2]
    n_blocks = ctx.shape[1]
    steps = undo_steps(ctx, weights, down_to=0 if needs_rotations else n_blocks - 1)
    if ctx.keep_states:
        # Small states: all turns in one go, for fewer PyTorch calls.
        chunks = iter([tuple(torch.stack(part) for part in zip(*steps, strict=True))])
    else:
        chunks = ((gradient[None], state[None]) for gradient, state in steps)

    of_diagonals, of_turns = [], []
    for gradients, states in chunks:
        of_diagonals.append(diagonal_gradients(gradients, states, ctx.constants))
        if needs_rotations:
            of_turns.append(turn_gradients(gradients, states, ctx.constants))

    # The turns come in the order of the way back, the last turn first.
    angles_gradient = rotations_gradient = None
    if needs_angles:
        by_turn = [gradient for chunk in of_diagonals for gradient in chunk.unbind(0)]
        angles_gradient = torch.stack(by_turn[n_blocks::n_blocks][::-1]).permute(2, 0, 1)
    if needs_rotations:
        b = torch.cat(of_turns).flip(0)
        g = torch.cat([chunk.sum(-1) for chunk in of_diagonals]).flip(0)
        if ctx.measurement.is_diagonal:
            g[-1] = 0
        # A diagonal's RZ angle is the sum of the g of one block and the a of the next.
        a = torch.cat([torch.zeros_like(g[:1]), g[:-1]])
        rotations_gradient = torch.stack([a, b, g], dim=-1).view(ctx.shape)
    return angles_gradient, rotations_gradient


def undo_steps(ctx: Any, weights: Tensor, down_to: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Go back through the circuit: the loss's gradient of the state, and the state, after each turn, the last first.

    Both are ``(2**n_qubits, batch)``. Where steps are undone, they are of a batch of one for the turns that no input
    has reached; where states are kept, and small, it costs less to treat all turns alike.
    """
    constants, measurement = ctx.constants, ctx.measurement
    angles, rotations, state, *saved = ctx.saved_tensors
    turns = repeat_matrices([matrix.mT for matrix in saved[: len(constants.groups)]])
    n_turns, n_blocks = len(turns), ctx.shape[1]
    if ctx.keep_states:
        fixed, encodings, *states = saved[len(constants.groups) :]
        diagonals = arrange_diagonals(fixed.conj_physical(), encodings.conj_physical(), n_blocks)
    else:
        a, _, g = rotations.flatten(0, 1).unbind(-1)

    gradient = expectations_gradient(state, measurement, weights)
    for i in reversed(range(down_to, n_turns)):
        if i < n_turns - 1 or not measurement.is_diagonal:
            diagonal = diagonals[i] if ctx.keep_states else one_diagonal(i, angles, a, g, constants).conj_physical()
            gradient = gradient * diagonal
            state = states[i].expand_as(gradient) if ctx.keep_states else state * diagonal
        yield gradient, state
        if i == n_blocks - 1 and not ctx.keep_states:
            gradient, state = gradient.sum(1, keepdim=True), state[:, :1].contiguous()
        if i > down_to:
            gradient = apply_turn(turns[i], gradient)
            if not ctx.keep_states:
                state = apply_turn(turns[i], state)


def diagonal_gradients(gradients: Tensor, states: Tensor, constants: Constants) -> Tensor:
    """Gradients of the RZ angles after each turn.

    From gradients and states, both ``(n_turns, 2**n_qubits, batch)``, to ``(n_turns, n_qubits, batch)``.
    """
    return constants.half_z @ (gradients.conj() * states).imag


def turn_gradients(gradients: Tensor, states: Tensor, constants: Constants) -> Tensor:
    """Gradients of the RY angles of each turn, summed over the batch.

    From gradients and states, both ``(n_turns, 2**n_qubits, batch)``, to ``(n_turns, n_qubits)``.
    """
    n_turns = len(gradients)
    # Real and imaginary parts are columns of their own.
    dtype = constants.half_z.dtype
    gradients, states = gradients.view(dtype), states.view(dtype)
    n_before, of_groups = 1, []
    for size, turn in zip(constants.groups, constants.turns, strict=True):
        shape = (n_turns * n_before, 2**size, -1)
        matrices = torch.bmm(gradients.view(shape), states.view(shape).mT).view(n_turns, n_before, -1)
        of_groups.append(matrices.sum(1) @ turn.half_ys)
        n_before *= 2**size
    return torch.cat(of_groups, dim=1)


def without_autocast(device: torch.device) -> torch.autocast | nullcontext[None]:
    """Autocast switched off, where it is on."""
    if torch.is_autocast_enabled(device.type):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()
