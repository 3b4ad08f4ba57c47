"""What is read when every wire of a state vector is measured in a basis of its own."""

import math

import torch
from torch import Tensor

HALF = math.sqrt(0.5)
TO_Z = {"X": ((HALF, HALF), (HALF, -HALF)), "Y": ((HALF, -1j * HALF), (HALF, 1j * HALF))}
"""Gates that turn the eigenstates of a letter, that of +1 first, into those of Z."""


def outcome_probabilities(state: Tensor, letters: str) -> Tensor:
    """Probabilities of the outcomes: states ``(2**n_qubits, batch)`` to ``(batch, 2**n_qubits)``.

    Args:
        state: Complex; wire 0 is the most significant bit of a basis state.
        letters: The basis of each wire, X, Y or Z; bit 0 is the outcome +1.
    """
    shape = state.shape
    for wire, letter in enumerate(letters):
        if letter != "Z":
            state = torch.tensor(TO_Z[letter], dtype=state.dtype, device=state.device) @ state.reshape(2**wire, 2, -1)
    return torch.view_as_real(state.reshape(shape)).square().sum(-1).T
