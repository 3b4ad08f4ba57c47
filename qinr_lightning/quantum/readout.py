"""Pauli words and the named readouts made of them.

A Pauli word is a product of Pauli operators on different wires. It is written ``"X0"`` or ``"Z1 Z2"`` and held as
``(("Z", 1), ("Z", 2))``.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from qinr_lightning.errors import SettingError

if TYPE_CHECKING:
    import pennylane as qp

PauliWord = tuple[tuple[str, int], ...]


def _single(letter: str, n_qubits: int) -> list[str]:
    return [f"{letter}{wire}" for wire in range(n_qubits)]


def _xyz(n_qubits: int) -> list[str]:
    return [*_single("X", n_qubits), *_single("Y", n_qubits), *_single("Z", n_qubits)]


READOUTS: dict[str, Callable[[int], list[str]]] = {
    "z": lambda n_qubits: _single("Z", n_qubits),
    "xyz": _xyz,
    "zz": lambda n_qubits: [f"Z{first} Z{second}" for first, second in combinations(range(n_qubits), 2)],
    "z_zz": lambda n_qubits: [*READOUTS["z"](n_qubits), *READOUTS["zz"](n_qubits)],
    "xyz_zz": lambda n_qubits: [*_xyz(n_qubits), *(f"Z{wire} Z{wire + 1}" for wire in range(n_qubits - 1))],
}
"""Named readouts: ``z`` is eq. (10); ``xyz_zz`` is appendix B: X, Y, Z on every wire, Z Z on an open chain; ``xyz`` is
the same without Z Z; ``zz`` is Z Z on all pairs of wires, ``z_zz`` Z before them."""


def parse_readout(readout: str | Sequence[str], n_qubits: int) -> tuple[PauliWord, ...]:
    """Turn a readout's name, or a list of Pauli words, into words.

    Args:
        readout: A key of :data:`READOUTS` or a list such as ``["X0", "Z1 Z2"]``.
        n_qubits: Number of wires; wires count from 0.

    Raises:
        SettingError: For an unknown name, an empty list, a malformed word, or a wire that does not exist.
    """
    if isinstance(readout, str):
        if readout not in READOUTS:
            raise SettingError(
                "readout",
                readout,
                f"must be one of {', '.join(READOUTS)}, or a list of Pauli words such as [X0, Z1 Z2]",
            )
        return parse_readout(READOUTS[readout](n_qubits), n_qubits)
    if not readout:
        raise SettingError("readout", readout, "must hold at least one Pauli word such as Z0")
    return tuple(_parse_word(word, n_qubits) for word in readout)


def _parse_word(word: str, n_qubits: int) -> PauliWord:
    factors = []
    for factor in word.split() or [""]:
        match = re.fullmatch(r"([XYZ])(\d+)", factor)
        if match is None:
            raise SettingError("readout", word, "must be a Pauli word: X, Y or Z and a wire, such as X0 or 'Z1 Z2'")
        factors.append((match[1], int(match[2])))
    wires = [wire for _, wire in factors]
    if max(wires) >= n_qubits:
        raise SettingError("readout", word, f"names wire {max(wires)}, but the circuit's wires are 0 to {n_qubits - 1}")
    if len(set(wires)) < len(wires):
        raise SettingError("readout", word, "names a wire twice; a Pauli word has one letter a wire")
    return tuple(factors)


def written(word: PauliWord) -> str:
    """A word as it is typed, such as ``Z1 Z2``."""
    return " ".join(f"{letter}{wire}" for letter, wire in word)


def count_measurement_groups(words: Sequence[PauliWord]) -> int:
    """In how many settings of the measurement the words can be measured: what a sample costs in circuit executions.

    Words go together when they have the same letter wherever they meet (qubit-wise commuting): one basis on each wire
    then serves them all. PennyLane groups them, with a heuristic for the smallest number of groups.
    """
    return len(_partition(tuple(words)))


class MeasurementGroup(NamedTuple):
    """Words that are measured together."""

    letters: str
    """The basis of each wire, X, Y or Z; Z where no word has a letter."""
    words: tuple[int, ...]
    """Their positions among all words."""


def measurement_groups(words: Sequence[PauliWord], n_qubits: int) -> tuple[MeasurementGroup, ...]:
    """The groups that :func:`count_measurement_groups` counts."""
    groups = []
    for positions in _partition(tuple(words)):
        letters = ["Z"] * n_qubits
        for letter, wire in (factor for position in positions for factor in words[position]):
            letters[wire] = letter
        groups.append(MeasurementGroup("".join(letters), positions))
    return tuple(groups)


@lru_cache(maxsize=32)
def _partition(words: tuple[PauliWord, ...]) -> tuple[tuple[int, ...], ...]:
    letters = {factor for word in words for factor in word}
    if len(letters) == len({wire for _, wire in letters}):
        return (tuple(range(len(words))),)  # One letter a wire; no need for PennyLane, which takes seconds to import.
    import pennylane as qp

    found = qp.pauli.compute_partition_indices([to_pennylane(word) for word in words], grouping_type="qwc")
    return tuple(tuple(int(index) for index in group) for group in found)


def to_pennylane(word: PauliWord) -> "qp.operation.Operator":
    """The word as PennyLane's observable."""
    import pennylane as qp

    operators = {"X": qp.PauliX, "Y": qp.PauliY, "Z": qp.PauliZ}
    factors = [operators[letter](wire) for letter, wire in word]
    return qp.prod(*factors) if len(factors) > 1 else factors[0]
