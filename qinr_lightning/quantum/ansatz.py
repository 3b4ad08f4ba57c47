"""Circuits described once: their gates in order, and where each angle comes from.

Everything that has to know a circuit reads this description: the PennyLane tape, the state-vector simulation, drawing
and counting. Gates have PennyLane's names and conventions; angles are in rad.
"""

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Literal, NamedTuple

import numpy as np

from qinr_lightning.quantum.entangler import BlockPairs, Pairs, parse_entangler


@dataclass(frozen=True)
class Input:
    """An angle that is a number of the circuit's input, another for each sample of a batch."""

    index: int
    """Counted row by row, where the input of a sample has several dimensions."""


@dataclass(frozen=True)
class Parameter:
    """An angle that is a parameter of the circuit; gates with the same index share it."""

    index: int
    """Counted row by row, where the parameters have several dimensions."""


Angle = Input | Parameter | float
"""Where an angle comes from; a number is a constant angle, rad."""


class Gate(NamedTuple):
    """A gate on some wires, such as ``Gate("RX", (0,), (Input(0),))``."""

    name: str
    """A key of :data:`GATES`."""
    wires: tuple[int, ...]
    """The control first, where there is one."""
    angles: tuple[Angle, ...] = ()

    @property
    def is_controlled_rotation(self) -> bool:
        """Whether expectation values also have half the frequency in its angles, and so a period of 4 pi."""
        return self.name.startswith("CR")


class Shape(NamedTuple):
    """How many wires and angles a gate takes."""

    n_wires: int
    n_angles: int


GATES = {
    **dict.fromkeys(["Hadamard", "PauliX", "PauliY", "PauliZ", "S", "T", "SX"], Shape(1, 0)),
    **dict.fromkeys(["RX", "RY", "RZ", "PhaseShift"], Shape(1, 1)),
    **dict.fromkeys(["Rot", "U3"], Shape(1, 3)),
    **dict.fromkeys(["CNOT", "CZ", "CY", "CH", "SWAP", "ISWAP"], Shape(2, 0)),
    **dict.fromkeys(["CRX", "CRY", "CRZ", "ControlledPhaseShift", "IsingXX", "IsingYY", "IsingZZ"], Shape(2, 1)),
    "CRot": Shape(2, 3),
}
"""The gates that a description may hold, by PennyLane's names."""


class Ansatz(ABC):
    """A circuit on ``|0...0>``, without its parameters' values and without its measurement.

    Immutable, and equal to itself alone: what backends prepare for a circuit they keep under its description.
    """

    n_qubits: int

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        """All gates, in the order in which they act.

        Raises:
            ValueError: For a gate that is not in :data:`GATES`, wires that are not there or that it names twice,
                another number of wires or angles than it takes, or a negative index.
        """
        gates = tuple(self._gates())
        for gate in gates:
            _check(gate, self.n_qubits)
        return gates

    @abstractmethod
    def _gates(self) -> Iterable[Gate]: ...

    @cached_property
    def n_inputs(self) -> int:
        """Numbers that the input of a sample has at least."""
        return 1 + max((angle.index for angle in self._angles() if isinstance(angle, Input)), default=-1)

    @cached_property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return 1 + max((angle.index for angle in self._angles() if isinstance(angle, Parameter)), default=-1)

    def counts(self) -> dict[str, int]:
        """How many gates of each name there are."""
        return dict(Counter(gate.name for gate in self.gates))

    def depth(self) -> int:
        """Gates on the longest path from the start to the end, all of them taken to last equally long."""
        return longest_path(gate.wires for gate in self.gates)

    def _angles(self) -> Iterator[Angle]:
        return (angle for gate in self.gates for angle in gate.angles)


def longest_path(wires: Iterable[Collection[int]]) -> int:
    """Most gates that wait for each other, from the wires of each gate; 0 without a gate."""
    until: dict[int, int] = {}
    for of_gate in wires:
        until |= dict.fromkeys(of_gate, 1 + max(until.get(wire, 0) for wire in of_gate))
    return max(until.values(), default=0)


def _check(gate: Gate, n_qubits: int) -> None:
    if gate.name not in GATES:
        raise ValueError(f"{gate.name} is no gate that an ansatz may hold; known: {', '.join(GATES)}")
    shape = GATES[gate.name]
    if len(gate.wires) != shape.n_wires or len(gate.angles) != shape.n_angles:
        raise ValueError(
            f"{gate.name} takes {shape.n_wires} wires and {shape.n_angles} angles, not {gate.wires} and {gate.angles}"
        )
    if len(set(gate.wires)) < len(gate.wires) or not all(0 <= wire < n_qubits for wire in gate.wires):
        raise ValueError(f"{gate.name} on wires {gate.wires}: must be different ones of 0 to {n_qubits - 1}")
    for angle in gate.angles:
        if isinstance(angle, Input | Parameter):
            if not isinstance(angle.index, int) or angle.index < 0:
                raise ValueError(f"{gate.name} on wires {gate.wires}: {angle} must count from 0, in whole numbers")
        elif not (isinstance(angle, int | float | np.floating) and math.isfinite(angle)):
            allowed = "must be Input(i), Parameter(i) or a finite number, rad"
            raise ValueError(f"{gate.name} on wires {gate.wires}: {angle!r} {allowed}")


@dataclass(frozen=True, eq=False)
class GateList(Ansatz):
    """Any circuit, written down gate by gate."""

    n_qubits: int
    listed: tuple[Gate, ...]

    def _gates(self) -> Iterable[Gate]:
        return self.listed


@dataclass(frozen=True, eq=False)
class Reuploading(Ansatz):
    r"""The data re-uploading circuit of eq. (7): Rot and CZ blocks W, with encodings S of RZ between them.

    Inputs are ``(n_reuploads, n_qubits)``, parameters ``(n_reuploads + 1, n_blocks, n_qubits, 3)``.

    Attributes:
        n_qubits: Number of qubits.
        n_reuploads: Number of encodings (L).
        pairs: Wires of the CZ gates that close each block (E of eq. 9).
    """

    n_qubits: int
    n_reuploads: int
    pairs: BlockPairs

    def _gates(self) -> Iterator[Gate]:
        parameters = _new_parameters()
        for layer in range(self.n_reuploads + 1):
            for of_block in self.pairs:
                for wire in range(self.n_qubits):
                    yield Gate("Rot", (wire,), (next(parameters), next(parameters), next(parameters)))
                for pair in of_block:
                    yield Gate("CZ", pair)
            if layer < self.n_reuploads:
                for wire in range(self.n_qubits):
                    yield Gate("RZ", (wire,), (Input(layer * self.n_qubits + wire),))


@dataclass(frozen=True, eq=False)
class Layered(Ansatz):
    """One encoding on every qubit, then layers of Rot on every qubit and CNOT gates: the circuits of the GANs.

    Inputs are ``(n_qubits,)``, parameters ``(n_layers, n_qubits, 3)``.

    Attributes:
        n_qubits: Number of qubits.
        encoding: The gate that encodes one number on each qubit.
        cnots: Control and target of the CNOT gates that close each layer, in the order in which they act.
    """

    n_qubits: int
    encoding: Literal["RX", "RY"]
    cnots: tuple[Pairs, ...]

    def _gates(self) -> Iterator[Gate]:
        parameters = _new_parameters()
        for wire in range(self.n_qubits):
            yield Gate(self.encoding, (wire,), (Input(wire),))
        for of_layer in self.cnots:
            for wire in range(self.n_qubits):
                yield Gate("Rot", (wire,), (next(parameters), next(parameters), next(parameters)))
            for pair in of_layer:
                yield Gate("CNOT", pair)


Encoding = Literal["RX", "RY", "RZ", "alternating"]
"""The gate that encodes an input on every qubit; ``alternating``: RX, RY, RZ, RX and so on, encoding by encoding."""
Rotation = Literal["RX", "RY", "RZ", "Rot"]
EntanglingGate = Literal["CZ", "CNOT"]


def reuploading_blocks(
    n_qubits: int,
    n_reuploads: int,
    n_blocks: int,
    rotations: Sequence[Rotation],
    entangling_gate: EntanglingGate,
    entangler: str | Sequence[int],
    encoding: Encoding,
) -> Iterator[Gate]:
    """Data re-uploading with blocks of any rotations and entangling gates.

    ``n_reuploads + 1`` parameter layers of such blocks, with encodings between: input ``i`` on wire ``i`` each time.

    Args:
        n_qubits: Number of qubits.
        n_reuploads: Encodings (L).
        n_blocks: Blocks in a parameter layer (K).
        rotations: What acts on every qubit first in each block, with parameters of its own.
        entangling_gate: What acts on pairs of qubits then.
        entangler: On which, see :func:`~qinr_lightning.quantum.entangler.parse_entangler`.
        encoding: The encoding's gate.

    Raises:
        SettingError: For an entangler that the qubits cannot have.
    """
    axes = ("RX", "RY", "RZ") if encoding == "alternating" else (encoding,)
    parameters = _new_parameters()
    pairs = parse_entangler(entangler, n_qubits, n_blocks)
    for layer in range(n_reuploads + 1):
        for of_block in pairs:
            for name in rotations:
                for wire in range(n_qubits):
                    yield Gate(name, (wire,), tuple(next(parameters) for _ in range(GATES[name].n_angles)))
            for pair in of_block:
                yield Gate(entangling_gate, pair)
        if layer < n_reuploads:
            for wire in range(n_qubits):
                yield Gate(axes[layer % len(axes)], (wire,), (Input(wire),))


def number_inputs(gates: Iterable[Gate]) -> tuple[tuple[Gate, ...], tuple[int, ...]]:
    """Let each angle that is an input have a number of its own, so that each can have a scale of its own.

    Returns:
        The gates with inputs numbered in their order, and the index that each of them had.
    """
    before: list[int] = []
    numbered = []
    for gate in gates:
        angles: list[Angle] = []
        for angle in gate.angles:
            angles.append(Input(len(before)) if isinstance(angle, Input) else angle)
            if isinstance(angle, Input):
                before.append(angle.index)
        numbered.append(gate._replace(angles=tuple(angles)))
    return tuple(numbered), tuple(before)


def _new_parameters() -> Iterator[Parameter]:
    return map(Parameter, count())
