"""Entanglers: which pairs of wires the gates join that close the blocks of a parameter layer (E of eq. 9)."""

from collections.abc import Callable, Sequence

from qinr_lightning.errors import SettingError

Pairs = tuple[tuple[int, int], ...]
BlockPairs = tuple[Pairs, ...]
"""The pairs of each block; all parameter layers have the same."""


def ring(n_qubits: int, reach: int) -> Pairs:
    """Every wire with the one ``reach`` further on, around the end.

    Where the range is half the number of qubits every pair comes twice, and the two cancel.
    """
    return tuple((wire, (wire + reach) % n_qubits) for wire in range(n_qubits))


def chain(n_qubits: int) -> Pairs:
    """An open chain: 0 with 1, 1 with 2 and so on."""
    return tuple((wire, wire + 1) for wire in range(n_qubits - 1))


def bricks(n_qubits: int, layer: int) -> Pairs:
    """Neighbouring pairs that begin with an even wire in even layers, with an odd wire in odd ones."""
    return tuple((wire, wire + 1) for wire in range(layer % 2, n_qubits - 1, 2))


def _rings(n_qubits: int, n_blocks: int) -> BlockPairs:
    if n_qubits == 1:
        return ((),) * n_blocks
    return tuple(ring(n_qubits, block % (n_qubits - 1) + 1) for block in range(n_blocks))


def _chain(n_qubits: int, n_blocks: int) -> BlockPairs:
    return (chain(n_qubits),) * n_blocks


def _bricks(n_qubits: int, n_blocks: int) -> BlockPairs:
    return tuple(bricks(n_qubits, block) for block in range(n_blocks))


def _none(n_qubits: int, n_blocks: int) -> BlockPairs:
    return ((),) * n_blocks


ENTANGLERS: dict[str, Callable[[int, int], BlockPairs]] = {
    "rings": _rings,
    "chain": _chain,
    "bricks": _bricks,
    "none": _none,
}
"""Named entanglers: ``rings`` of range 1, 2, ... as in PennyLane's ``StronglyEntanglingLayers``; ``chain``, every wire
with the next in each block; ``bricks``, even pairs of neighbours in the first block, odd ones in the next and so on;
``none``, which leaves the qubits independent."""


def parse_entangler(entangler: str | Sequence[int], n_qubits: int, n_blocks: int) -> BlockPairs:
    """Turn an entangler's name, or the range of each block's ring, into pairs of wires.

    Args:
        entangler: A key of :data:`ENTANGLERS`, or one range from 1 to ``n_qubits - 1`` for each block.
        n_qubits: Number of wires.
        n_blocks: Blocks in a parameter layer (K).

    Raises:
        SettingError: For an unknown name, a range that the wires do not have, or a range too many or too few.
    """
    if isinstance(entangler, str):
        if entangler not in ENTANGLERS:
            raise SettingError(
                "entangler",
                entangler,
                f"must be one of {', '.join(ENTANGLERS)}, or the range of each block's ring such as [1, 2]",
            )
        return ENTANGLERS[entangler](n_qubits, n_blocks)
    if len(entangler) != n_blocks or not all(1 <= reach < n_qubits for reach in entangler):
        raise SettingError(
            "entangler",
            list(entangler),
            f"must hold one range for each of the {n_blocks} blocks, of at least 1 and less than the {n_qubits} qubits",
        )
    return tuple(ring(n_qubits, reach) for reach in entangler)
