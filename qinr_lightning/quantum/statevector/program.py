"""A circuit's gates sorted into few steps, which are what a state vector is quick at.

Every gate is made of three kinds of primitive:

- *local*: a 2x2 matrix on one wire, ``cos(angle/2) A + sin(angle/2) B``;
- *phase*: a diagonal, ``exp(i angle f(k))`` for the basis state ``k``, where ``f`` is made of bits and signs of Z;
- CNOT, which renumbers the basis states.

An input is always the angle of a phase: RX and RY are RZ between two fixed matrices. Local matrices then are the same
for the whole batch. Primitives that follow each other, or that act on different wires, share a step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import pi

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Angle, Ansatz, Gate, Input, Parameter
from qinr_lightning.quantum.statevector.basis import z_signs

Matrix = tuple[tuple[complex, complex], tuple[complex, complex]]

IDENTITY: Matrix = ((1, 0), (0, 1))
X: Matrix = ((0, 1), (1, 0))
Y: Matrix = ((0, -1j), (1j, 0))
Z: Matrix = ((1, 0), (0, -1))
S: Matrix = ((1, 0), (0, 1j))
S_DAGGER: Matrix = ((1, 0), (0, -1j))
T: Matrix = ((1, 0), (0, 2**-0.5 * (1 + 1j)))
H: Matrix = ((2**-0.5, 2**-0.5), (2**-0.5, -(2**-0.5)))
SX: Matrix = ((0.5 + 0.5j, 0.5 - 0.5j), (0.5 - 0.5j, 0.5 + 0.5j))
FIXED = {"Hadamard": H, "PauliX": X, "PauliY": Y, "PauliZ": Z, "S": S, "T": T, "SX": SX}
GENERATORS = {"RX": X, "RY": Y, "RZ": Z, "PhaseShift": Z}
"""exp(-i angle P / 2); a PhaseShift is an RZ up to a global phase."""


@dataclass(frozen=True)
class Local:
    """``cos(angle/2) constant + sin(angle/2) sine`` on a wire."""

    wire: int
    constant: Matrix
    sine: Matrix | None = None
    angle: Parameter | float = 0.0


@dataclass(frozen=True)
class Phase:
    """``exp(i angle f)``: ``f`` is ``weight`` times a product of signs of Z, where all of some bits are 1, else 0."""

    weight: float
    signs: tuple[int, ...]
    """Wires whose sign of Z is a factor of f."""
    ones: tuple[int, ...]
    """Wires whose bit must be 1."""
    angle: Angle

    @property
    def wires(self) -> tuple[int, ...]:
        return (*self.signs, *self.ones)

    def values(self, n_qubits: int) -> Tensor:
        """f, ``(2**n_qubits,)``, float64."""
        z = z_signs(n_qubits)
        found = torch.full((2**n_qubits,), self.weight, dtype=torch.float64)
        for wire in self.signs:
            found *= z[wire]
        for wire in self.ones:
            found *= z[wire] < 0
        return found


@dataclass(frozen=True)
class Cnot:
    """A CNOT gate."""

    control: int
    target: int

    @property
    def wires(self) -> tuple[int, ...]:
        return self.control, self.target


Primitive = Local | Phase | Cnot


@dataclass
class LocalStep:
    """Matrices on single wires; those of a wire act in their order."""

    by_wire: dict[int, list[Local]] = field(default_factory=dict)

    def takes(self, primitive: Primitive) -> bool:
        return isinstance(primitive, Local) or as_local(primitive) is not None

    def add(self, primitive: Primitive) -> None:
        local = primitive if isinstance(primitive, Local) else as_local(primitive)
        assert local is not None
        before = self.by_wire.setdefault(local.wire, [])
        if before and before[-1].sine is None and local.sine is None:
            local = Local(local.wire, _product(local.constant, before.pop().constant))
        before.append(local)

    @property
    def wires(self) -> set[int]:
        return set(self.by_wire)


@dataclass
class PhaseStep:
    """Diagonals, which commute."""

    phases: list[Phase] = field(default_factory=list)

    def takes(self, primitive: Primitive) -> bool:
        return isinstance(primitive, Phase)

    def add(self, primitive: Primitive) -> None:
        assert isinstance(primitive, Phase)
        self.phases.append(primitive)

    @property
    def wires(self) -> set[int]:
        return {wire for phase in self.phases for wire in phase.wires}


@dataclass
class CnotStep:
    """CNOT gates in their order: one permutation of the basis states."""

    cnots: list[tuple[int, int]] = field(default_factory=list)

    def takes(self, primitive: Primitive) -> bool:
        return isinstance(primitive, Cnot)

    def add(self, primitive: Primitive) -> None:
        assert isinstance(primitive, Cnot)
        self.cnots.append((primitive.control, primitive.target))

    @property
    def wires(self) -> set[int]:
        return {wire for pair in self.cnots for wire in pair}


Step = LocalStep | PhaseStep | CnotStep


def steps(ansatz: Ansatz) -> list[Step]:
    """The circuit's steps: each primitive goes into the last step that takes it and that nothing after it disturbs."""
    found: list[Step] = []
    for gate in ansatz.gates:
        for primitive in primitives(gate):
            wires = {primitive.wire} if isinstance(primitive, Local) else set(primitive.wires)
            for step in reversed(found):
                if step.takes(primitive):
                    step.add(primitive)
                    break
                if step.wires & wires:
                    found.append(_new_step(primitive))
                    break
            else:
                found.append(_new_step(primitive))
    return found


def _new_step(primitive: Primitive) -> Step:
    # A rotation about Z that nothing can take is better a matrix: others on its wire are likely to follow.
    is_local = isinstance(primitive, Local) or as_local(primitive) is not None
    step: Step = LocalStep() if is_local else PhaseStep() if isinstance(primitive, Phase) else CnotStep()
    step.add(primitive)
    return step


def as_local(primitive: Primitive) -> Local | None:
    """A phase on one wire with an angle that is no input, as a matrix; None for everything else."""
    if isinstance(primitive, Phase) and len(primitive.wires) == 1 and not isinstance(primitive.angle, Input):
        return _rotation(primitive.wires[0], Z, primitive.angle)
    return None


def primitives(gate: Gate) -> Iterator[Primitive]:
    """What a gate is made of, up to a global phase, in the order in which they act."""
    name, wires, angles = gate
    if name in FIXED:
        yield Local(wires[0], FIXED[name])
    elif name in GENERATORS:
        yield from _turn(wires[0], GENERATORS[name], angles[0])
    elif name in ("Rot", "U3"):
        # U3(theta, phi, delta) is Rot(delta, theta, phi).
        a, b, g = angles if name == "Rot" else (angles[2], angles[0], angles[1])
        for generator, angle in ((Z, a), (Y, b), (Z, g)):
            yield from _turn(wires[0], generator, angle)
    else:
        yield from TWO_WIRES[name](*wires, *angles)


def _product(second: Matrix, first: Matrix) -> Matrix:
    (a, b), (c, d) = second
    (e, f), (g, h) = first
    return (a * e + b * g, a * f + b * h), (c * e + d * g, c * f + d * h)


def _rotation(wire: int, generator: Matrix, angle: Parameter | float) -> Local:
    minus_i = tuple(tuple(-1j * value for value in row) for row in generator)
    return Local(wire, IDENTITY, minus_i, angle)  # type: ignore[arg-type]


def _turn(wire: int, generator: Matrix, angle: Angle) -> Iterator[Primitive]:
    """exp(-i angle P / 2)."""
    if generator is Z:
        yield Phase(-0.5, (wire,), (), angle)
    elif isinstance(angle, Input):
        yield from _between(generator, (wire,), Phase(-0.5, (wire,), (), angle))
    else:
        yield _rotation(wire, generator, angle)


def _between(generator: Matrix, wires: tuple[int, ...], middle: Primitive) -> Iterator[Primitive]:
    """``middle``, written for Z on some wires, for another Pauli operator there: ``X = H Z H`` and ``Y = S X S^-1``."""
    for wire in wires:
        if generator is Y:
            yield Local(wire, S_DAGGER)
        yield Local(wire, H)
    yield middle
    for wire in wires:
        yield Local(wire, H)
        if generator is Y:
            yield Local(wire, S)


def _controlled(generator: Matrix, control: int, target: int, angle: Angle) -> Iterator[Primitive]:
    middle = Phase(-0.5, (target,), (control,), angle)
    yield from (middle,) if generator is Z else _between(generator, (target,), middle)


def _ising(generator: Matrix, first: int, second: int, angle: Angle) -> Iterator[Primitive]:
    middle = Phase(-0.5, (first, second), (), angle)
    yield from (middle,) if generator is Z else _between(generator, (first, second), middle)


def _cz(first: int, second: int) -> Iterator[Primitive]:
    yield Phase(1.0, (), (first, second), pi)


def _cy(control: int, target: int) -> Iterator[Primitive]:
    yield Local(target, S_DAGGER)
    yield Cnot(control, target)
    yield Local(target, S)


def _ch(control: int, target: int) -> Iterator[Primitive]:
    # RY(pi/4) takes Z to H.
    yield _rotation(target, Y, -pi / 4)
    yield from _cz(control, target)
    yield _rotation(target, Y, pi / 4)


def _swap(first: int, second: int) -> Iterator[Primitive]:
    for control, target in ((first, second), (second, first), (first, second)):
        yield Cnot(control, target)


def _iswap(first: int, second: int) -> Iterator[Primitive]:
    yield Local(first, S)
    yield Local(second, S)
    yield from _cz(first, second)
    yield from _swap(first, second)


def _crot(control: int, target: int, a: Angle, b: Angle, g: Angle) -> Iterator[Primitive]:
    for generator, angle in ((Z, a), (Y, b), (Z, g)):
        yield from _controlled(generator, control, target, angle)


TWO_WIRES: dict[str, Callable[..., Iterator[Primitive]]] = {
    "CNOT": lambda control, target: iter([Cnot(control, target)]),
    "CZ": _cz,
    "CY": _cy,
    "CH": _ch,
    "SWAP": _swap,
    "ISWAP": _iswap,
    "CRX": lambda *wires_and_angle: _controlled(X, *wires_and_angle),
    "CRY": lambda *wires_and_angle: _controlled(Y, *wires_and_angle),
    "CRZ": lambda *wires_and_angle: _controlled(Z, *wires_and_angle),
    "ControlledPhaseShift": lambda control, target, angle: iter([Phase(1.0, (), (control, target), angle)]),
    "IsingXX": lambda *wires_and_angle: _ising(X, *wires_and_angle),
    "IsingYY": lambda *wires_and_angle: _ising(Y, *wires_and_angle),
    "IsingZZ": lambda *wires_and_angle: _ising(Z, *wires_and_angle),
    "CRot": _crot,
}
