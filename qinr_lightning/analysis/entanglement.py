"""How entangled states are: Meyer and Wallach's measure."""

import torch
from torch import Tensor


def meyer_wallach(states: Tensor) -> Tensor:
    """Q = 2 (1 - mean over qubits of tr rho_k^2), 0 for a product state and 1 for a GHZ state.

    Meyer and Wallach, J. Math. Phys. 43, 4273 (2002), in the form of Brennen, Quantum Inf. Comput. 3, 619 (2003).

    Args:
        states: Normalized, complex, ``(n, 2**n_qubits)``.

    Returns:
        ``(n,)``.
    """
    n, size = states.shape
    n_qubits = size.bit_length() - 1
    purities = []
    for wire in range(n_qubits):
        halves = states.view(n, 2**wire, 2, -1).transpose(1, 2).reshape(n, 2, -1)
        reduced = halves @ halves.mH
        purities.append(torch.view_as_real(reduced).square().sum((1, 2, 3)))
    return 2 * (1 - torch.stack(purities).mean(0))


def haar_entanglement(n_qubits: int) -> float:
    """Mean of :func:`meyer_wallach` over states drawn from the Haar measure, (2^n - 2) / (2^n + 1)."""
    size: int = 2**n_qubits
    return (size - 2) / (size + 1)
