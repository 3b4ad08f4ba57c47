"""The adjoint circuit with the states of all turns kept, for small states.

At the size of the paper's circuit the time goes into the number of PyTorch calls, most of which would make views, and
into fresh memory, which the operating system clears page by page. So all states lie in one buffer, buffers and their
views serve again, and all turns are treated alike, those before the first encoding too.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from qinr_lightning.quantum.statevector.expectations import Measurement, expectations, expectations_gradient
from qinr_lightning.quantum.statevector.steps import (
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
        diagonals: What :func:`~qinr_lightning.quantum.statevector.steps.all_diagonals` returns.
        buffer: The state after each turn.
        final: The state at the readout, ``(2**n_qubits, batch)``.
    """

    constants: Constants
    measurement: Measurement
    matrices: list[Tensor]
    diagonals: tuple[Tensor, Tensor]
    buffer: "StateBuffer"
    final: Tensor

    def __del__(self) -> None:
        self.buffer.give_back()

    def undo(self, weights: Tensor, down_to: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The conjugate of the loss's gradient of the state, and the state, after each turn from ``down_to`` on.

        Both are ``(n_turns - down_to, 2**n_qubits, batch)``, and are to be used before the iterator goes on.
        """
        turns = repeat_matrices([matrix.mT for matrix in self.matrices])
        # The gradient meets the conjugates of the diagonals, so its conjugate meets the diagonals themselves.
        diagonals = arrange_diagonals(*self.diagonals, len(self.constants.cz_phases))
        buffer = take_buffer(len(turns), self.final.shape, self.final.dtype, self.final.device, self.constants.groups)
        after_turn, (turned, *between) = buffer.after_turn, buffer.between

        gradient = torch.conj_physical(
            expectations_gradient(self.final, self.measurement, weights), out=after_turn[-1][0]
        )
        for i in reversed(range(down_to, len(turns))):
            if i < len(turns) - 1 or not self.measurement.is_diagonal:
                torch.mul(gradient, diagonals[i], out=after_turn[i][0])
            if i > down_to:
                turn_into(turns[i], after_turn[i], *between, turned)
                gradient = turned[0]
        yield buffer.states[down_to:], self.buffer.states[down_to:]
        # Not before they have been read: other threads take what is given back.
        buffer.give_back()


def run_kept(
    angles: Tensor, rotations: Tensor, constants: Constants, measurement: Measurement
) -> tuple[Tensor, KeptStates]:
    """Expectation values of the circuit, ``(batch, n_words)``, and what the backward pass needs."""
    a, b, g = rotations.flatten(0, 1).unbind(-1)
    matrices, first = turn_matrices(b, constants)
    turns = repeat_matrices(matrices)
    fixed, encodings = all_diagonals(angles, a, g, constants)
    diagonals = arrange_diagonals(fixed, encodings, rotations.shape[1])
    shape = torch.Size((len(first), len(angles)))
    buffer = take_buffer(len(turns), shape, first.dtype, first.device, constants.groups)
    after_turn, (phased, *between) = buffer.after_turn, buffer.between

    state = after_turn[0][0].copy_(first)
    for i in range(1, len(turns)):
        torch.mul(state, diagonals[i - 1], out=phased[0])
        turn_into(turns[i], phased, *between, after_turn[i])
        state = after_turn[i][0]
    if not measurement.is_diagonal:
        state = state * diagonals[-1]
    kept = KeptStates(constants, measurement, matrices, (fixed, encodings), buffer, state)
    return expectations(state, measurement), kept


Views = tuple[Tensor, ...]
"""A state, ``(2**n_qubits, batch)``, and its real and imaginary parts as columns for the matrices of each group,
``(n_before, 2**size, columns)``."""


class StateBuffer:
    """Room for the state after each turn, and for the states on the way from one turn to the next.

    Attributes:
        states: The states after the turns, ``(n_turns, 2**n_qubits, batch)``.
        after_turn: Their views.
        between: The views of as many more states as there are groups.
    """

    def __init__(
        self, n_turns: int, shape: torch.Size, dtype: torch.dtype, device: torch.device, groups: tuple[int, ...]
    ) -> None:
        buffer = torch.empty(n_turns + len(groups), *shape, dtype=dtype, device=device)
        columns = buffer.view(dtype.to_real())
        views: list[Sequence[Tensor]] = [buffer.unbind(0)]
        n_before = 1
        for size in groups:
            views.append(columns.view(len(buffer), n_before, 2**size, -1).unbind(0))
            n_before *= 2**size
        by_state: list[Views] = list(zip(*views, strict=True))
        self.states = buffer[:n_turns]
        self.after_turn, self.between = by_state[:n_turns], by_state[n_turns:]
        self._unused: deque[StateBuffer] | None = None

    def give_back(self) -> None:
        """Let the next circuit of this shape have it; what it holds stays there until then."""
        if self._unused is not None:
            self._unused.append(self)


def take_buffer(
    n_turns: int, shape: torch.Size, dtype: torch.dtype, device: torch.device, groups: tuple[int, ...]
) -> StateBuffer:
    """A buffer for states ``(2**n_qubits, batch)`` that nobody else is using."""
    # On other devices, buffers may still be in use when they are given back.
    if device.type != "cpu":
        return StateBuffer(n_turns, shape, dtype, device, groups)
    unused = _unused_buffers(n_turns, shape, dtype, groups)
    try:
        return unused.pop()
    except IndexError:
        buffer = StateBuffer(n_turns, shape, dtype, device, groups)
        buffer._unused = unused
        return buffer


@lru_cache(maxsize=8)
def _unused_buffers(
    n_turns: int, shape: torch.Size, dtype: torch.dtype, groups: tuple[int, ...]
) -> "deque[StateBuffer]":
    # Few are ever in use at once, and those of a shape that is seen no more go with their list.
    return deque(maxlen=4)


def turn_into(turn: Sequence[Tensor], *path: Views) -> None:
    """Apply one turn to the first state of the path; the others take what each group's matrix makes of the one before.

    One batched matrix product a group, and no transpose.
    """
    for group, matrix in enumerate(turn):
        torch.bmm(matrix, path[group][group + 1], out=path[group + 1][group + 1])
