"""The circuit as a state vector in plain PyTorch: exact, batched, differentiable, on any device.

Three facts about the circuit carry the design. The parameter layers do not depend on the input, so each of their
matrices is built once for the whole batch. A layer of Rot gates is a Kronecker product, so it is applied group of qubits
by group of qubits. The encoding and the CZ rings are diagonal, so each is one elementwise product.
"""

import torch
from torch import Tensor

from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.layout import cz_signs, z_signs
from qinr_lightning.quantum.pauli import PauliWord

GROUP_SIZE = 3
"""Qubits whose Rot gates are multiplied into one matrix before they meet the state."""


class StatevectorBackend(Backend):
    """Simulates the circuit with the state vectors of the whole batch, in complex64 or complex128 as the parameters are."""

    def __call__(self, angles: Tensor, rotations: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        n_layers, n_blocks, n_qubits, _ = rotations.shape
        factors = kronecker_factors(rotations)
        z = z_signs(n_qubits).to(rotations)
        rings = [cz_signs(n_qubits, block).to(rotations) for block in range(n_blocks)]
        phases = torch.exp(-0.5j * (angles @ z))

        state = torch.zeros(1, 2**n_qubits, dtype=phases.dtype, device=phases.device)
        state[0, 0] = 1
        for layer in range(n_layers):
            for block in range(n_blocks):
                state = apply_factors([factor[layer, block] for factor in factors], state) * rings[block]
            if layer < n_layers - 1:
                state = state * phases[:, layer]
        return expectations(state, words)


def rot_matrices(rotations: Tensor) -> Tensor:
    """Rot(a, b, g) = RZ(g) RY(b) RZ(a) of eq. (1) for angles in rad: ``(..., 3)`` to complex ``(..., 2, 2)``."""
    a, b, g = rotations.unbind(-1)
    cos, sin = torch.cos(b / 2), torch.sin(b / 2)
    # Not torch.polar: its gradient is wrong where the modulus it is given is negative.
    half_sum, half_difference = torch.exp(0.5j * (a + g)), torch.exp(0.5j * (a - g))
    top = torch.stack([cos * half_sum.conj(), -sin * half_difference], dim=-1)
    bottom = torch.stack([sin * half_difference.conj(), cos * half_sum], dim=-1)
    return torch.stack([top, bottom], dim=-2)


def kronecker_factors(rotations: Tensor) -> list[Tensor]:
    """Kronecker products of the Rot matrices of :data:`GROUP_SIZE` neighbouring qubits.

    Args:
        rotations: ``(n_layers, n_blocks, n_qubits, 3)``, rad.

    Returns:
        One complex tensor for each group of qubits, ``(n_layers, n_blocks, 2**size, 2**size)``, wire 0's group first.
    """
    factors = []
    for group in rot_matrices(rotations).split(GROUP_SIZE, dim=2):
        product, *others = group.unbind(2)
        for other in others:
            product = torch.einsum("...ij,...kl->...ikjl", product, other).flatten(-4, -3).flatten(-2, -1)
        factors.append(product)
    return factors


def apply_factors(factors: list[Tensor], state: Tensor) -> Tensor:
    """Apply the Kronecker product of ``factors`` to a batch of states, ``(batch, 2**n_qubits)``.

    Every factor is one matrix product on the last group of qubits, whose result has that group in front of all others,
    the batch included; after the last factor the batch is in front of them again.
    """
    batch = state.shape[0]
    state = state.reshape(batch, -1)
    for factor in reversed(factors):
        state = factor @ state.reshape(-1, factor.shape[-1]).mT
    return state.reshape(-1, batch).mT.contiguous()


def expectations(state: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
    """Expectation values of Pauli words, eq. (10): states ``(batch, 2**n_qubits)`` to real ``(batch, len(words))``.

    A word flips the bits of its X and Y wires, so words that flip the same bits share one product of the state with its
    permuted self; what is left of each is a sum with signs.
    """
    n_qubits = state.shape[1].bit_length() - 1
    z = z_signs(n_qubits).to(state.real)
    basis = torch.arange(2**n_qubits, device=state.device)
    values: dict[PauliWord, Tensor] = {}
    for flips in dict.fromkeys(_flips(word, n_qubits) for word in words):
        overlap = state.conj()[:, basis ^ flips] * state if flips else state.abs() ** 2
        for word in words:
            if _flips(word, n_qubits) == flips:
                n_y = sum(letter == "Y" for letter, _ in word)
                signs = torch.ones_like(z[0])
                for letter, wire in word:
                    if letter != "X":
                        signs = signs * z[wire]
                # Y|b> = i (-1)^b |1-b>
                values[word] = (1j**n_y * (overlap * signs).sum(-1)).real
    return torch.stack([values[word] for word in words], dim=-1)


def _flips(word: PauliWord, n_qubits: int) -> int:
    return sum(1 << (n_qubits - 1 - wire) for letter, wire in word if letter != "Z")
