"""Groups of neighbouring qubits, whose matrices are multiplied into one Kronecker product first."""

from collections.abc import Sequence

from torch import Tensor


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
