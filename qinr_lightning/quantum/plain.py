"""The circuit in plain PyTorch operations: the readable reference, which autograd differentiates."""

import torch
from torch import Tensor

from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.gates import apply_products, kronecker_products, rot_matrices, split_qubits
from qinr_lightning.quantum.layout import cz_signs, z_signs


def run_circuit(angles: Tensor, rotations: Tensor, pairs: BlockPairs, group_size: int) -> Tensor:
    """State after the circuit of eq. (7) on ``|0...0>``.

    Three facts carry the simulation. The parameter layers do not depend on the input, so each of their matrices is
    built once for the whole batch. A block's Rot gates are a Kronecker product, so they are applied group of qubits by
    group of qubits. The encoding and the CZ gates are diagonal, so each is one elementwise product.

    Args:
        angles: Encoding angles, scales applied, rad, ``(batch, n_reuploads, n_qubits)``.
        rotations: Rot angles, rad, ``(n_reuploads + 1, n_blocks, n_qubits, 3)``.
        pairs: Wires of the CZ gates of each block.
        group_size: Most qubits in a group.

    Returns:
        Complex, ``(2**n_qubits, batch)``.
    """
    n_layers, n_blocks, n_qubits, _ = rotations.shape
    products = kronecker_products(rot_matrices(rotations), split_qubits(n_qubits, group_size))
    entanglers = [cz_signs(n_qubits, of_block).to(rotations)[:, None] for of_block in pairs]
    phases = torch.exp(-0.5j * (z_signs(n_qubits).to(rotations).T @ angles.permute(1, 2, 0)))

    state = torch.zeros(2**n_qubits, angles.shape[0], dtype=phases.dtype, device=phases.device)
    state[0] = 1
    for layer in range(n_layers):
        for block in range(n_blocks):
            state = apply_products([product[layer, block] for product in products], state) * entanglers[block]
        if layer < n_layers - 1:
            state = state * phases[layer]
    return state
