"""Groups of neighbouring qubits, whose matrices are multiplied into one Kronecker product first."""

from collections.abc import Collection, Sequence

from torch import Tensor

Busy = tuple[tuple[bool, ...], ...]
"""For each step and group, whether anything happens in it."""


def split_qubits(n_qubits: int, group_size: int) -> tuple[int, ...]:
    """Sizes of the groups of neighbouring qubits: as few as ``group_size`` allows, and as equal as possible.

    >>> split_qubits(7, 3)
    (3, 2, 2)
    """
    n_groups = -(-n_qubits // group_size)
    size, n_larger = divmod(n_qubits, n_groups)
    return (size + 1,) * n_larger + (size,) * (n_groups - n_larger)


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


def busy_groups(wires: Sequence[Collection[int]], groups: Sequence[int]) -> Busy:
    """Which groups of qubits are busy, from the wires of each step."""
    ends = [sum(groups[: index + 1]) for index in range(len(groups))]
    return tuple(
        tuple(any(end - size <= wire < end for wire in of_step) for size, end in zip(groups, ends, strict=True))
        for of_step in wires
    )


def products_by_step(factors: Tensor, groups: Sequence[int], busy: Busy) -> list[list[Tensor | None]]:
    """Matrices of each step and group, ``(..., size, size)``; None where nothing happens.

    Args:
        factors: What happens to each wire in each step, one after the other, ``(..., n_steps * n_qubits, n_factors,
            size, size)``.
        groups: Sizes of the groups of qubits.
        busy: Of each step, at least one.
    """
    product, *others = factors.unbind(-3)
    for other in others:
        product = other @ product
    by_wire = product.unflatten(-3, (len(busy), -1))
    by_group = [group.unbind(-3) for group in kronecker_products(by_wire, groups)]
    return [
        [group[step] if is_busy else None for group, is_busy in zip(by_group, of_step, strict=True)]
        for step, of_step in enumerate(busy)
    ]
