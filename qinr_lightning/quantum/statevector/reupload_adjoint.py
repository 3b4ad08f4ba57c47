"""The circuit with its gradient written out: exact, and much faster than autograd.

Rot is RZ RY RZ, and RZ commutes with everything diagonal. So the circuit is two kinds of step in turn:

- *turns*: RY on every qubit, one real matrix for each group of qubits, half the work of a complex one;
- *diagonals*: the RZ that closes a block, the block's CZ gates, the encoding if one follows, and the RZ that opens the
  next block. Diagonal ``i`` follows turn ``i``.

The RZ that opens the first block only changes the global phase. So does, for a readout of Z alone, everything after the
last turn. Both are left out, and the gradients of their angles are exactly zero. Before the first encoding the state
does not depend on the input; where steps are undone, it is then of a batch of one.

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
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.quantum.backend import without_autocast
from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.statevector.expectations import expectations, expectations_gradient, prepare_measurement
from qinr_lightning.quantum.statevector.kept_states import run_kept
from qinr_lightning.quantum.statevector.steps import (
    Constants,
    apply_turn,
    one_diagonal,
    prepare_constants,
    repeat_matrices,
    turn_matrices,
)


class AdjointCircuit(torch.autograd.Function):
    """``apply(angles, rotations, pairs, words, group_size, keep_states)``: expectation values, ``(batch, len(words))``.

    The arguments are inputs, parameters and pairs of a :class:`~qinr_lightning.quantum.ansatz.Reuploading`, the
    observables, the most qubits in a group, and whether to keep all states and diagonals for the backward pass, rather
    than undo the steps.

    The context is filled in ``forward``: a ``setup_context`` of its own would open the way to ``torch.func``, but
    makes forward and backward of the paper's circuit a fifth slower. ``torch.func`` works with autograd's gradient.
    """

    @staticmethod
    def forward(
        ctx: Any,
        angles: Tensor,
        rotations: Tensor,
        pairs: BlockPairs,
        words: tuple[PauliWord, ...],
        group_size: int,
        keep_states: bool,
    ) -> Tensor:
        n_qubits = rotations.shape[2]
        constants = prepare_constants(pairs, n_qubits, group_size, rotations.dtype, rotations.device)
        measurement = prepare_measurement(words, n_qubits, rotations.dtype, rotations.device)
        ctx.constants, ctx.measurement, ctx.keep_states = constants, measurement, keep_states
        ctx.shape = rotations.shape
        if keep_states:
            # Autograd's bookkeeping of views would take an eighth of the time at the paper's size.
            with torch.inference_mode():
                values, ctx.kept = run_kept(angles, rotations, constants, measurement)
            # Autograd refuses tensors that were made in inference mode.
            return values.clone()

        a, b, g = rotations.flatten(0, 1).unbind(-1)
        matrices, state = turn_matrices(b, constants)
        for i, turn in enumerate(repeat_matrices(matrices)):
            if i > 0:
                state = apply_turn(turn, state)
            if i < len(b) - 1 or not measurement.is_diagonal:
                state = state * one_diagonal(i, angles, a, g, constants)
        ctx.save_for_backward(angles, rotations, state, *matrices)
        return expectations(state, measurement)

    @staticmethod
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        refuse_second_derivatives()
        # A caller's autocast would round the matrix products to half precision.
        with without_autocast(weights.device):
            if not ctx.keep_states:
                return *backpropagate(ctx, weights), None, None, None, None
            with torch.inference_mode():
                gradients = backpropagate(ctx, weights)
            return *(None if gradient is None else gradient.clone() for gradient in gradients), None, None, None, None


def refuse_second_derivatives() -> None:
    """To be called first in a backward pass that is written out.

    once_differentiable would not do: it lets second derivatives with constant weights pass, as zeros.

    Raises:
        NotImplementedError: When the pass is to be differentiated itself.
    """
    if torch.is_grad_enabled():
        raise NotImplementedError(
            'StatevectorBackend(gradient="adjoint") has no second derivatives (create_graph=True); '
            'use gradient="autograd"'
        )


def backpropagate(ctx: Any, weights: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Gradients of the angles and the rotations, where asked for.

    Args:
        ctx: What ``AdjointCircuit.forward`` has left.
        weights: The loss's gradient of the expectation values, ``(batch, n_words)``.
    """
    needs_angles, needs_rotations = ctx.needs_input_grad[:2]
    n_blocks = ctx.shape[1]
    down_to = 0 if needs_rotations else n_blocks - 1
    # All turns in one piece, or each on its own, the last turn first.
    pieces = ctx.kept.undo(weights, down_to) if ctx.keep_states else undo_steps(ctx, weights, down_to)
    of_diagonals, of_turns = [], []
    for conjugates, states in pieces:
        of_diagonals.append(diagonal_gradients(conjugates, states, ctx.constants))
        if needs_rotations:
            of_turns.append(turn_gradients(conjugates.conj_physical_(), states, ctx.constants))

    angles_gradient = rotations_gradient = None
    if needs_angles:
        if ctx.keep_states:
            by_layer = of_diagonals[0][n_blocks - 1 - down_to : -1 : n_blocks]
        else:
            by_layer = torch.cat(of_diagonals[n_blocks::n_blocks][::-1])
        angles_gradient = by_layer.permute(2, 0, 1)
    if needs_rotations:
        zero = weights.new_zeros(1, ctx.shape[2])
        rz = [zero, *(piece.sum(-1) for piece in reversed(of_diagonals))]
        if ctx.measurement.is_diagonal:
            rz = [*rz[:-1], rz[-1][:-1], zero]
        # A diagonal's RZ angle is the sum of the g of one block and the a of the next.
        around = torch.cat(rz)
        b = torch.cat(of_turns[::-1])
        rotations_gradient = torch.stack([around[:-1], b, around[1:]], dim=-1).view(ctx.shape)
    return angles_gradient, rotations_gradient


def undo_steps(ctx: Any, weights: Tensor, down_to: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Go back through the circuit: conjugate gradient of the state, and the state, after each turn, the last first.

    Both are ``(1, 2**n_qubits, batch)``, and of a batch of one for the turns that no input has reached.
    """
    constants, measurement = ctx.constants, ctx.measurement
    angles, rotations, state, *matrices = ctx.saved_tensors
    turns = repeat_matrices([matrix.mT for matrix in matrices])
    n_turns, n_blocks = len(turns), ctx.shape[1]
    a, _, g = rotations.flatten(0, 1).unbind(-1)

    gradient = expectations_gradient(state, measurement, weights)
    for i in reversed(range(down_to, n_turns)):
        if i < n_turns - 1 or not measurement.is_diagonal:
            diagonal = one_diagonal(i, angles, a, g, constants).conj_physical()
            gradient, state = gradient * diagonal, state * diagonal
        yield gradient.conj_physical()[None], state[None]
        if i == n_blocks - 1:
            gradient, state = gradient.sum(1, keepdim=True), state[:, :1].contiguous()
        if i > down_to:
            gradient, state = apply_turn(turns[i], gradient), apply_turn(turns[i], state)


def diagonal_gradients(conjugates: Tensor, states: Tensor, constants: Constants) -> Tensor:
    """Gradients of the RZ angles after each turn.

    From conjugate gradients and states, both ``(n_turns, 2**n_qubits, batch)``, to ``(n_turns, n_qubits, batch)``.
    """
    products = conjugates * states
    # The imaginary parts are taken after the sum: a product with every other column would copy them first.
    sums = torch.bmm(constants.half_z.expand(len(products), -1, -1), products.view(constants.half_z.dtype))
    return sums.view(products.dtype).imag


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
        of_groups.append((matrices.sum(1) if n_before > 1 else matrices.squeeze(1)).mm(turn.half_ys))
        n_before *= 2**size
    return torch.cat(of_groups, dim=1)
