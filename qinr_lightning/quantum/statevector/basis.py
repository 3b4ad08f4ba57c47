"""How basis states are numbered, and what Z, CZ and CNOT are in this numbering."""

from collections.abc import Iterable

import torch
from torch import Tensor

from qinr_lightning.quantum.entangler import Pairs


def z_signs(n_qubits: int) -> Tensor:
    """Eigenvalues of Z on every wire for every basis state, shape ``(n_qubits, 2**n_qubits)``, float64.

    Wire 0 is the most significant bit of the basis state's number.
    """
    states = torch.arange(2**n_qubits)
    wires = torch.arange(n_qubits - 1, -1, -1)
    return 1.0 - 2.0 * ((states >> wires[:, None]) & 1).double()


def cz_signs(n_qubits: int, pairs: Pairs) -> Tensor:
    """Diagonal of CZ gates on pairs of wires, shape ``(2**n_qubits,)``, float64, entries +-1."""
    ones = z_signs(n_qubits) < 0
    signs = torch.ones(2**n_qubits, dtype=torch.float64)
    for first, second in pairs:
        signs[ones[first] & ones[second]] *= -1
    return signs


def cnot_image(n_qubits: int, cnots: Iterable[tuple[int, int]]) -> Tensor:
    """Number of the basis state that each basis state becomes, ``(2**n_qubits,)``; wire 0 is the most significant bit.

    >>> cnot_image(2, ((0, 1),))
    tensor([0, 1, 3, 2])

    Args:
        n_qubits: Number of wires.
        cnots: Control and target of CNOT gates, in the order in which they act.
    """
    image = torch.arange(2**n_qubits)
    for control, target in cnots:
        image ^= ((image >> (n_qubits - 1 - control)) & 1) << (n_qubits - 1 - target)
    return image
