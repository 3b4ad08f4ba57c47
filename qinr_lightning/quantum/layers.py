"""Layers of rotations and CNOT gates after a product state: what every backend has to know about such circuits."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Cnots = tuple[tuple[int, int], ...]
"""Control and target of CNOT gates, in the order in which they act."""


@dataclass(frozen=True)
class Layers:
    """Circuits that encode their input once and go on with layers of Rot on every qubit and CNOT gates.

    Attributes:
        encoding: The gate that encodes one number on each qubit of ``|0...0>``.
        cnots: The CNOT gates that close each layer.
    """

    encoding: Literal["RX", "RY"]
    cnots: tuple[Cnots, ...]


def cnot_chain(n_qubits: int) -> Cnots:
    """An open chain: 0 to 1, 1 to 2 and so on."""
    return tuple((wire, wire + 1) for wire in range(n_qubits - 1))


def cnot_bricks(n_qubits: int, layer: int) -> Cnots:
    """Neighbouring pairs that begin with an even wire in even layers, with an odd wire in odd ones."""
    return tuple((wire, wire + 1) for wire in range(layer % 2, n_qubits - 1, 2))


def cnot_image(n_qubits: int, cnots: Cnots) -> Tensor:
    """Number of the basis state that each basis state becomes, ``(2**n_qubits,)``; wire 0 is the most significant bit.

    >>> cnot_image(2, ((0, 1),))
    tensor([0, 1, 3, 2])
    """
    image = torch.arange(2**n_qubits)
    for control, target in cnots:
        image ^= ((image >> (n_qubits - 1 - control)) & 1) << (n_qubits - 1 - target)
    return image
