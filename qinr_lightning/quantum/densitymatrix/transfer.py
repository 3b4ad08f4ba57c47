"""Gates and channels as Pauli transfer matrices: real, and with few entries.

A density matrix of n qubits is ``2**-n sum_P r_P P`` over the ``4**n`` words of I, X, Y and Z. The vector r is real,
its entries are expectation values, and whatever happens to the state is a real matrix, on k wires
``T_PQ = Tr(P channel(Q)) / 2**k``. Words are numbered with I, X, Y, Z as 0 to 3, wire 0 as the most significant digit.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from qinr_lightning.quantum.readout import PauliWord

PAULIS = torch.tensor(
    [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=torch.complex128
)
_TINY = 1e-12


def transfer(kraus: Tensor) -> Tensor:
    """Transfer matrix of a channel on some wires.

    Args:
        kraus: Its Kraus matrices, ``(n, 2**k, 2**k)``, complex128; a gate has one.

    Returns:
        ``(4**k, 4**k)``, float64.
    """
    n_wires = kraus.shape[-1].bit_length() - 1
    words = PAULIS
    for _ in range(n_wires - 1):
        words = torch.stack([torch.kron(word, pauli) for word in words for pauli in PAULIS])
    after = torch.einsum("nab,qbc,ndc->qad", kraus, words, kraus.conj())
    traces: Tensor = torch.einsum("pab,qba->pq", words, after)
    matrix: Tensor = traces.real / 2**n_wires
    return matrix


class Monomial(NamedTuple):
    """A transfer matrix with one entry in each row: word i becomes ``weights[i]`` times what ``sources[i]`` was."""

    sources: Tensor
    weights: Tensor

    def then(self, other: "Monomial") -> "Monomial":
        """This one, and the other after it."""
        return Monomial(self.sources[other.sources], other.weights * self.weights[other.sources])

    def on(self, wires: tuple[int, ...], n_qubits: int) -> "Monomial":
        """The same on some wires of more."""
        numbers = torch.arange(4**n_qubits)
        shifts = [2 * (n_qubits - 1 - wire) for wire in wires]
        digits = torch.zeros_like(numbers)
        rest = numbers.clone()
        for shift in shifts:
            digits = 4 * digits + ((numbers >> shift) & 3)
            rest &= ~(3 << shift)
        sources = rest
        for place, shift in enumerate(reversed(shifts)):
            sources = sources | (((self.sources[digits] >> (2 * place)) & 3) << shift)
        return Monomial(sources, self.weights[digits])


def as_monomial(matrix: Tensor) -> Monomial | None:
    """A transfer matrix as a monomial one; None where a row or column has several entries, or none."""
    entries = matrix.abs() > _TINY
    if not (bool((entries.sum(0) == 1).all()) and bool((entries.sum(1) == 1).all())):
        return None
    sources = entries.long().argmax(1)
    return Monomial(sources, matrix.gather(1, sources[:, None])[:, 0])


def number(word: PauliWord, n_qubits: int) -> int:
    """Where a Pauli word is in the vector."""
    return sum("IXYZ".index(letter) << (2 * (n_qubits - 1 - wire)) for letter, wire in word)


def measured_numbers(letters: str) -> Tensor:
    """Where the words are whose signs the outcomes of a measurement give, ``(2**n_qubits,)``.

    Args:
        letters: The basis of each wire, X, Y or Z.

    Returns:
        For each set of wires, as a number with wire 0 as the most significant bit, the word that has their letters.
    """
    sets = torch.arange(2 ** len(letters))
    numbers = torch.zeros_like(sets)
    for wire, letter in enumerate(letters):
        bits = (sets >> (len(letters) - 1 - wire)) & 1
        numbers += bits * number(((letter, wire),), len(letters))
    return numbers
