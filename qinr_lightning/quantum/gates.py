"""Rotation gates as matrices, and how they meet a state vector.

A state is ``(2**n_qubits, batch)``: basis states first, wire 0 the most significant bit, the batch last. Neighbouring
qubits form groups; the gates of a group are multiplied into one Kronecker product first.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def split_qubits(n_qubits: int, group_size: int) -> tuple[int, ...]:
    """Sizes of the groups of neighbouring qubits: as few as ``group_size`` allows, and as equal as possible.

    >>> split_qubits(7, 3)
    (3, 2, 2)
    """
    n_groups = -(-n_qubits // group_size)
    size, n_larger = divmod(n_qubits, n_groups)
    return (size + 1,) * n_larger + (size,) * (n_groups - n_larger)


def rot_matrices(rotations: Tensor) -> Tensor:
    """Rot(a, b, g) = RZ(g) RY(b) RZ(a) of eq. (1) for angles in rad: ``(..., 3)`` to complex ``(..., 2, 2)``."""
    a, b, g = rotations.unbind(-1)
    cos, sin = torch.cos(b / 2), torch.sin(b / 2)
    # Not torch.polar: its gradient is wrong where the modulus it is given is negative.
    half_sum, half_difference = torch.exp(0.5j * (a + g)), torch.exp(0.5j * (a - g))
    top = torch.stack([cos * half_sum.conj(), -sin * half_difference], dim=-1)
    bottom = torch.stack([sin * half_difference.conj(), cos * half_sum], dim=-1)
    return torch.stack([top, bottom], dim=-2)


def kronecker_products(matrices: Tensor, groups: Sequence[int]) -> list[Tensor]:
    """Kronecker product of the matrices of each group of qubits.

    Args:
        matrices: One matrix a qubit, ``(..., n_qubits, 2, 2)``.
        groups: Sizes of the groups, wire 0's first.

    Returns:
        One tensor a group, ``(..., 2**size, 2**size)``.
    """
    products = []
    for group in matrices.split(list(groups), dim=-3):
        product, *others = group.unbind(-3)
        for other in others:
            outer = product[..., :, None, :, None] * other[..., None, :, None, :]
            product = outer.flatten(-2).flatten(-3, -2)
        products.append(product)
    return products


def apply_products(products: Sequence[Tensor], state: Tensor) -> Tensor:
    """Apply the matrix of each group of qubits, wire 0's first, to states ``(2**n_qubits, batch)``."""
    shape = state.shape
    n_before = 1
    for product in products:
        state = product @ state.reshape(n_before, len(product), -1)
        n_before *= len(product)
    return state.reshape(shape)
