"""How basis states are numbered, and what Z and CZ are in this numbering."""

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
