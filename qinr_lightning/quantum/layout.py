"""What every backend has to know about the circuit: where its CZ gates are and how basis states are numbered."""

import torch
from torch import Tensor


def cz_ring(n_qubits: int, block: int) -> list[tuple[int, int]]:
    """Wires of the CZ gates that close block number ``block`` (E of eq. 9).

    A ring of range ``(block mod (n_qubits - 1)) + 1``, as in PennyLane's ``StronglyEntanglingLayers``. One qubit has
    none; where the range is half the number of qubits every pair comes twice, and the two cancel.
    """
    if n_qubits == 1:
        return []
    reach = block % (n_qubits - 1) + 1
    return [(wire, (wire + reach) % n_qubits) for wire in range(n_qubits)]


def z_signs(n_qubits: int) -> Tensor:
    """Eigenvalues of Z on every wire for every basis state, shape ``(n_qubits, 2**n_qubits)``, float64.

    Wire 0 is the most significant bit of the basis state's number.
    """
    states = torch.arange(2**n_qubits)
    wires = torch.arange(n_qubits - 1, -1, -1)
    return 1.0 - 2.0 * ((states >> wires[:, None]) & 1).double()


def cz_signs(n_qubits: int, block: int) -> Tensor:
    """Diagonal of the CZ ring of :func:`cz_ring`, shape ``(2**n_qubits,)``, float64, entries +-1."""
    ones = z_signs(n_qubits) < 0
    signs = torch.ones(2**n_qubits, dtype=torch.float64)
    for first, second in cz_ring(n_qubits, block):
        signs[ones[first] & ones[second]] *= -1
    return signs
