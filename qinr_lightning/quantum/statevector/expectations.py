"""Expectation values of Pauli words in a state vector (eq. 10), and their gradient.

A word flips the bits of its X and Y wires: ``P |k> = i**n_Y s(k) |k ^ flip>``, where ``s(k)`` is the product of the
signs of its Y and Z wires and ``n_Y`` its number of Y. Words that flip the same bits are evaluated together: they share
one product of the state with its permuted self, and what is left of each is a sum with signs.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.statevector.basis import z_signs


@dataclass(frozen=True)
class WordGroup:
    """Words that flip the same bits.

    Attributes:
        flipped: Number of the basis state that each basis state becomes, ``(2**n_qubits,)``; None where no bit flips.
        signs: ``s(k)`` of each word, ``(n_words, 2**n_qubits)``.
        doubled: ``2 s(k)``, as the gradient needs it, ``(2**n_qubits, n_words)``.
        factors: Real and imaginary part of ``i**n_Y`` of each word, ``(n_words, 1, 2)``.
    """

    flipped: Tensor | None
    signs: Tensor
    doubled: Tensor
    factors: Tensor


@dataclass(frozen=True)
class Measurement:
    """A readout, prepared for :func:`expectations`.

    Attributes:
        groups: The words, those that flip the same bits together.
        order: Where each word of the readout is among the words of all groups, ``(n_words,)``.
        is_diagonal: All words are products of Z: phases of the final state do not matter.
    """

    groups: tuple[WordGroup, ...]
    order: Tensor
    is_diagonal: bool


@lru_cache(maxsize=32)
def prepare_measurement(
    words: tuple[PauliWord, ...], n_qubits: int, dtype: torch.dtype, device: torch.device
) -> Measurement:
    """Signs and permutations of a readout, in the real ``dtype`` of the circuit's parameters."""
    # The cache outlives the caller's inference mode; tensors made in it could not take part in training.
    with torch.inference_mode(False):
        z = z_signs(n_qubits)
        basis = torch.arange(2**n_qubits)
        flips = [flipped_bits(word, n_qubits) for word in words]
        groups, grouped = [], []
        for flip in sorted(set(flips)):
            members = [index for index, other in enumerate(flips) if other == flip]
            grouped += members
            signs = torch.ones(len(members), 2**n_qubits, dtype=dtype)
            for row, index in enumerate(members):
                for letter, wire in words[index]:
                    if letter != "X":
                        signs[row] *= z[wire]
            n_y = [sum(letter == "Y" for letter, _ in words[index]) for index in members]
            # 1j**n is inexact from n = 3 on.
            powers = torch.tensor([(1, 1j, -1, -1j)[n % 4] for n in n_y], dtype=torch.complex128)
            factors = torch.view_as_real(powers)[:, None].to(device, dtype)
            flipped = (basis ^ flip).to(device) if flip else None
            groups.append(WordGroup(flipped, signs.to(device), 2 * signs.T.to(device), factors))
        order = torch.tensor(grouped).argsort().to(device)
    return Measurement(tuple(groups), order, is_diagonal=not any(flips))


def flipped_bits(word: PauliWord, n_qubits: int) -> int:
    """The bits that a word flips, as a number; wire 0 is the most significant bit."""
    return sum(1 << (n_qubits - 1 - wire) for letter, wire in word if letter != "Z")


def expectations(state: Tensor, measurement: Measurement) -> Tensor:
    """Expectation values: states ``(2**n_qubits, batch)`` to real ``(batch, n_words)``."""
    values = []
    for group in measurement.groups:
        if group.flipped is None:
            sums = group.signs @ torch.view_as_real(state).square().flatten(1)
            real, imaginary = sums.view(len(sums), -1, 2).unbind(-1)
            values.append(real + imaginary)
        else:
            overlap = state[group.flipped].conj() * state
            sums = group.signs @ torch.view_as_real(overlap).flatten(1)
            # Re(i**n (x + iy)) = Re(i**n) x - Im(i**n) y
            real, imaginary = (sums.unflatten(1, (-1, 2)) * group.factors).unbind(-1)
            values.append(real - imaginary)
    by_word = values[0] if len(values) == 1 else torch.cat(values)[measurement.order]
    return by_word.T


def expectations_gradient(state: Tensor, measurement: Measurement, weights: Tensor) -> Tensor:
    """Gradient of the expectation values' weighted sum with respect to the state.

    Args:
        state: ``(2**n_qubits, batch)``.
        measurement: The readout.
        weights: Real, ``(batch, n_words)``.

    Returns:
        ``2 sum_w weights_w P_w state`` as PyTorch has it, dL/dRe + i dL/dIm, ``(2**n_qubits, batch)``.
    """
    if len(measurement.groups) > 1:
        grouped = torch.zeros_like(weights).T.index_copy(0, measurement.order, weights.T)
    else:
        grouped = weights.T
    gradient: Tensor | None = None
    parts = grouped.split([len(g.signs) for g in measurement.groups]) if len(measurement.groups) > 1 else [grouped]
    for group, part in zip(measurement.groups, parts, strict=True):
        if group.flipped is None:
            term = state * torch.mm(group.doubled, part)
        else:
            coefficients = group.doubled @ (part[..., None] * group.factors).flatten(1)
            term = (state * torch.view_as_complex(coefficients.unflatten(1, (-1, 2))))[group.flipped]
        gradient = term if gradient is None else gradient + term
    assert gradient is not None
    return gradient
