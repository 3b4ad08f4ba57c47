"""The two kinds of step that the adjoint circuit is made of: turns (RY) and diagonals (RZ, CZ, encodings).

At the size of the paper's circuit the time goes into the number of PyTorch calls. So what does not depend on the
parameters is cached, and all steps are prepared together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import torch
from torch import Tensor

from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.statevector.basis import cz_signs, z_signs
from qinr_lightning.quantum.statevector.matrices import split_qubits


@dataclass(frozen=True)
class Constants:
    """What depends on nothing but the shape of the circuit.

    Attributes:
        groups: Number of qubits in each group.
        half_z: ``z_q(k) / 2``, ``(n_qubits, 2**n_qubits)``.
        minus_half_z: ``-z_q(k) / 2``, the phases of RZ(1), ``(n_qubits, 2**n_qubits)``.
        cz_phases: Phase, 0 or pi, of the CZ gates of each block, ``(n_blocks, 2**n_qubits)``.
        encoding: ``-z_q(k) / 2`` of each group's basis states, the groups above each other, 0 for the qubits of the
            others, ``(sum of 2**size, n_qubits)``.
        turns: What the turns of each group need.
    """

    groups: tuple[int, ...]
    half_z: Tensor
    minus_half_z: Tensor
    cz_phases: Tensor
    encoding: Tensor
    turns: tuple["TurnConstants", ...]


@dataclass(frozen=True)
class TurnConstants:
    """RY on a group of qubits: entry ``(k, j)`` of the matrix is, up to its sign, entry ``k ^ j`` of the first column.

    Attributes:
        factors: Where among the cosines and sines of all qubits the factors of each entry of the first column are,
            ``(2**size * size,)``.
        entries: ``k ^ j``, ``(4**size,)``.
        signs: The signs, ``(2**size, 2**size)``.
        half_ys: The matrices ``-i/2 Y_q``, flattened, ``(4**size, size)``.
    """

    factors: Tensor
    entries: Tensor
    signs: Tensor
    half_ys: Tensor


@lru_cache(maxsize=32)
def prepare_constants(
    pairs: BlockPairs, n_qubits: int, group_size: int, dtype: torch.dtype, device: torch.device
) -> Constants:
    """Constants of circuits of this shape, in the real ``dtype`` of their parameters."""
    groups = split_qubits(n_qubits, group_size)
    starts = [sum(groups[:index]) for index in range(len(groups))]
    # The cache outlives the caller's inference mode; tensors made in it could not take part in training.
    with torch.inference_mode(False):
        half_z = z_signs(n_qubits) / 2
        cz = torch.stack([cz_signs(n_qubits, of_block) for of_block in pairs])
        return Constants(
            groups,
            half_z=half_z.to(device, dtype),
            minus_half_z=-half_z.to(device, dtype),
            cz_phases=torch.pi * (cz < 0).to(device, dtype),
            encoding=torch.block_diag(*(-z_signs(size).T / 2 for size in groups)).to(device, dtype),
            turns=tuple(
                _turn_constants(start, size, n_qubits, dtype, device)
                for start, size in zip(starts, groups, strict=True)
            ),
        )


def _turn_constants(start: int, size: int, n_qubits: int, dtype: torch.dtype, device: torch.device) -> TurnConstants:
    bits = (z_signs(size) < 0).long().T
    basis = torch.arange(2**size)
    # RY takes 1 to 0 with a minus sign.
    n_minus = ((1 - bits[:, None]) * bits).sum(-1)
    half_y = torch.tensor([[0.0, -0.5], [0.5, 0.0]])
    ones = [torch.eye(2**wire) for wire in range(size)]
    half_ys = [torch.kron(torch.kron(ones[q], half_y), ones[size - 1 - q]).flatten() for q in range(size)]
    return TurnConstants(
        factors=(bits * n_qubits + torch.arange(start, start + size)).flatten().to(device),
        entries=(basis[:, None] ^ basis).flatten().to(device),
        signs=(1.0 - 2.0 * (n_minus % 2)).to(device, dtype),
        half_ys=torch.stack(half_ys, dim=1).to(device, dtype),
    )


def turn_matrices(angles: Tensor, constants: Constants) -> tuple[list[Tensor], Tensor]:
    """RY of all turns.

    Args:
        angles: rad, ``(n_turns, n_qubits)``.
        constants: The circuit's.

    Returns:
        The matrices of each group, ``(n_turns, 2**size, 2**size)``, and what the first turn makes of ``|0...0>``,
        complex, ``(2**n_qubits, 1)``.
    """
    half = angles / 2
    factors = torch.cat([half.cos(), half.sin()], dim=1)
    matrices: list[Tensor] = []
    states = []
    for size, turn in zip(constants.groups, constants.turns, strict=True):
        columns = factors.index_select(1, turn.factors).view(-1, 2**size, size).prod(-1)
        matrices.append(columns.index_select(1, turn.entries).view(-1, 2**size, 2**size).mul_(turn.signs))
        states.append(columns[0])
    state = reduce(lambda first, second: torch.outer(first, second).flatten(), states)
    return matrices, state.to(state.dtype.to_complex()).unsqueeze(1)


def all_diagonals(angles: Tensor, a: Tensor, g: Tensor, constants: Constants) -> tuple[Tensor, Tensor]:
    """All diagonals of the circuit.

    Args:
        angles: Encoding angles, rad, ``(batch, n_reuploads, n_qubits)``.
        a: Angles of the RZ that open the blocks, rad, ``(n_turns, n_qubits)``.
        g: Angles of the RZ that close the blocks, rad, ``(n_turns, n_qubits)``.
        constants: The circuit's.

    Returns:
        Those of every turn without its encoding, ``(n_turns, 2**n_qubits, 1)``, and those that hold an encoding,
        ``(n_reuploads, 2**n_qubits, batch)``; complex.
    """
    # Two RZ with nothing but CZ between them are one.
    phases = torch.mm(torch.cat([g[:-1] + a[1:], g[-1:]]), constants.minus_half_z)
    n_blocks = len(constants.cz_phases)
    fixed = _phase_factors(
        phases.view(-1, *constants.cz_phases.shape).add_(constants.cz_phases).view(-1, phases.shape[1], 1)
    )
    return fixed, _encode(angles.permute(1, 2, 0), constants).mul_(fixed[n_blocks - 1 : -1 : n_blocks])


def _encode(angles: Tensor, constants: Constants) -> Tensor:
    """RZ of the inputs: angles ``(n_reuploads, n_qubits, batch)`` to diagonals ``(n_reuploads, 2**n_qubits, batch)``.

    The sines and cosines are those of the groups; a basis state's factor is the product of its groups'.
    """
    factors = _phase_factors(torch.bmm(constants.encoding.expand(len(angles), -1, -1), angles))
    diagonal: Tensor
    diagonal, *others = factors.split([2**size for size in constants.groups], dim=1)
    for other in others:
        diagonal = (diagonal.unsqueeze(2) * other.unsqueeze(1)).flatten(1, 2)
    return diagonal


def one_diagonal(turn: int, angles: Tensor, a: Tensor, g: Tensor, constants: Constants) -> Tensor:
    """One of :func:`all_diagonals`: ``(2**n_qubits, batch)`` where it holds an encoding, else ``(2**n_qubits, 1)``."""
    layer, block = divmod(turn, len(constants.cz_phases))
    rz = g[turn] + a[turn + 1] if turn < len(g) - 1 else g[turn]
    fixed = _phase_factors((rz @ constants.minus_half_z + constants.cz_phases[block]).unsqueeze(-1))
    if block == len(constants.cz_phases) - 1 and turn < len(g) - 1:
        return _encode(angles[None, :, layer].mT, constants).squeeze(0).mul_(fixed)
    return fixed


def arrange_diagonals(fixed: Tensor, encodings: Tensor, n_blocks: int) -> list[Tensor]:
    """What :func:`all_diagonals` returns, in the order of the turns."""
    diagonals = list(fixed.unbind(0))
    diagonals[n_blocks - 1 : -1 : n_blocks] = encodings.unbind(0)
    return diagonals


def _phase_factors(phases: Tensor) -> Tensor:
    return torch.complex(phases.cos(), phases.sin())


def repeat_matrices(matrices: Sequence[Tensor]) -> list[tuple[Tensor, ...]]:
    """Sort the matrices of the groups by turn, for :func:`apply_turn`.

    From ``(n_turns, size, size)`` a group to ``(n_before, size, size)`` a group for each turn: the same matrix for each
    of the ``n_before`` basis states of the groups before its own.
    """
    n_before = 1
    groups = []
    for matrix in matrices:
        groups.append(matrix.unsqueeze(1).expand(-1, n_before, -1, -1).unbind(0))
        n_before *= matrix.shape[-1]
    return list(zip(*groups, strict=True))


def apply_turn(turn: Sequence[Tensor], state: Tensor) -> Tensor:
    """Apply one turn to states ``(..., 2**n_qubits, batch)``: one batched matrix product a group, and no transpose."""
    shape = state.shape
    # Real matrices meet real and imaginary parts as columns of their own.
    columns = state.view(turn[0].dtype)
    for matrix in turn:
        columns = torch.bmm(matrix, columns.view(matrix.shape[0], matrix.shape[1], -1))
    return columns.view(*shape[:-1], -1).view(state.dtype)
