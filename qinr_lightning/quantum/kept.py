"""The adjoint circuit with the states of all turns kept, for small states.

At the size of the paper's circuit the time goes into the number of PyTorch calls, and most of those would make views.
So all states lie in one buffer whose views are made once, and all turns are treated alike, those before the first
encoding too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from qinr_lightning.quantum.measurement import Measurement, expectations, expectations_gradient
from qinr_lightning.quantum.steps import (
    Constants,
    all_diagonals,
    arrange_diagonals,
    repeat_matrices,
    turn_matrices,
)


@dataclass(frozen=True)
class KeptStates:
    """What the backward pass needs.

    Attributes:
        constants: The circuit's.
        measurement: The readout.
        matrices: RY of all turns, ``(n_turns, 2**size, 2**size)`` for each group.
        diagonals: What :func:`~qinr_lightning.quantum.steps.all_diagonals` returns.
        states: The state after each turn, ``(n_turns, 2**n_qubits, batch)``.
        final: The state at the readout, ``(2**n_qubits, batch)``.
    """

    constants: Constants
    measurement: Measurement
    matrices: list[Tensor]
    diagonals: tuple[Tensor, Tensor]
    states: Tensor
    final: Tensor

    def undo(self, weights: Tensor, down_to: int) -> tuple[Tensor, Tensor]:
        """The loss's gradient of the state, and the state, after each turn from ``down_to`` on.

        Both are ``(n_turns - down_to, 2**n_qubits, batch)``.
        """
        turns = repeat_matrices([matrix.mT for matrix in self.matrices])
        fixed, encodings = self.diagonals
        n_blocks = len(self.constants.cz_phases)
        diagonals = arrange_diagonals(fixed.conj_physical(), encodings.conj_physical(), n_blocks)
        gradients, after_turn, (turned, *between) = state_buffer(len(turns), self.final, self.constants)

        gradient = expectations_gradient(self.final, self.measurement, weights)
        for i in reversed(range(down_to, len(turns))):
            if i < len(turns) - 1 or not self.measurement.is_diagonal:
                torch.mul(gradient, diagonals[i], out=after_turn[i][0])
            else:
                after_turn[i][0].copy_(gradient)
            if i > down_to:
                turn_into(turns[i], after_turn[i], *between, turned)
                gradient = turned[0]
        return gradients[down_to:], self.states[down_to:]


def run_kept(
    angles: Tensor, rotations: Tensor, constants: Constants, measurement: Measurement
) -> tuple[Tensor, KeptStates]:
    """Expectation values of the circuit, ``(batch, n_words)``, and what the backward pass needs."""
    a, b, g = rotations.flatten(0, 1).unbind(-1)
    matrices, first = turn_matrices(b, constants)
    turns = repeat_matrices(matrices)
    fixed, encodings = all_diagonals(angles, a, g, constants)
    diagonals = arrange_diagonals(fixed, encodings, rotations.shape[1])
    states, after_turn, (phased, *between) = state_buffer(len(turns), first.expand(-1, len(angles)), constants)

    state = after_turn[0][0].copy_(first)
    for i in range(1, len(turns)):
        torch.mul(state, diagonals[i - 1], out=phased[0])
        turn_into(turns[i], phased, *between, after_turn[i])
        state = after_turn[i][0]
    if not measurement.is_diagonal:
        state = state * diagonals[-1]
    kept = KeptStates(constants, measurement, matrices, (fixed, encodings), states, state)
    return expectations(state, measurement), kept


Views = tuple[Tensor, ...]
"""A state, ``(2**n_qubits, batch)``, and its real and imaginary parts as columns for the matrices of each group,
``(n_before, 2**size, columns)``."""


def state_buffer(n_turns: int, like: Tensor, constants: Constants) -> tuple[Tensor, list[Views], list[Views]]:
    """Room for the state after each turn, and for the states on the way from one turn to the next.

    Args:
        n_turns: Number of turns.
        like: A complex tensor, ``(2**n_qubits, batch)``.
        constants: The circuit's.

    Returns:
        The states after the turns, ``(n_turns, 2**n_qubits, batch)``; their views; the views of as many more states as
        there are groups.
    """
    buffer = like.new_empty(n_turns + len(constants.groups), *like.shape)
    columns = buffer.view(constants.half_z.dtype)
    views: list[Sequence[Tensor]] = [buffer.unbind(0)]
    n_before = 1
    for size in constants.groups:
        views.append(columns.view(len(buffer), n_before, 2**size, -1).unbind(0))
        n_before *= 2**size
    by_state = list(zip(*views, strict=True))
    return buffer[:n_turns], by_state[:n_turns], by_state[n_turns:]


def turn_into(turn: Sequence[Tensor], *path: Views) -> None:
    """Apply one turn to the first state of the path; the others take what each group's matrix makes of the one before.

    One batched matrix product a group, and no transpose.
    """
    for group, matrix in enumerate(turn):
        torch.bmm(matrix, path[group][group + 1], out=path[group + 1][group + 1])
