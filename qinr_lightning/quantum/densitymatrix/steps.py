"""A noisy circuit sorted into few steps, which are what a vector of Pauli words is quick at.

- *local*: a 4x4 transfer matrix on each of some wires: all that happens to a wire between two entangling gates;
- *monomial*: CZ, CNOT and the like renumber the words and change signs; channels that scale words join them;
- *turn*: ``exp(-i angle ZZ / 2)`` of an angle that is no multiple of pi / 2, or not known before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import pi

import torch
from torch import Tensor

from qinr_lightning.quantum.ansatz import Angle, Ansatz, Input, Parameter
from qinr_lightning.quantum.densitymatrix.transfer import Monomial, as_monomial, transfer
from qinr_lightning.quantum.noise import Channel, Noise
from qinr_lightning.quantum.statevector.program import Cnot, Local, Phase, primitives


@dataclass(frozen=True)
class Fixed:
    """A transfer matrix on one or two wires."""

    wires: tuple[int, ...]
    matrix: Tensor


@dataclass(frozen=True)
class Turn:
    """``exp(-i scale angle Z / 2)`` on one wire, or with Z Z on two; on one wire Z may be another matrix.

    Its transfer matrix is ``constant + cosine cos(scale angle) + sine sin(scale angle)``.
    """

    wires: tuple[int, ...]
    angle: Angle
    scale: float
    constant: Tensor
    cosine: Tensor
    sine: Tensor

    def at(self, angle: float) -> Tensor:
        """The transfer matrix at a value of ``scale angle``, rad."""
        values = torch.tensor([angle], dtype=torch.float64)
        return self.constant + self.cosine * values.cos() + self.sine * values.sin()


Item = Fixed | Turn


@dataclass
class LocalStep:
    """On each wire a product of transfer matrices, in their order; two fixed ones never follow each other."""

    by_wire: dict[int, list[Item]] = field(default_factory=dict)

    def takes(self, item: Item) -> bool:
        return len(item.wires) == 1

    def add(self, item: Item) -> None:
        before = self.by_wire.setdefault(item.wires[0], [])
        if before and isinstance(item, Fixed):
            before.append(_after(before.pop(), item.matrix))
        elif len(before) == 1 and isinstance(before[0], Fixed) and isinstance(item, Turn):
            first = before.pop().matrix  # type: ignore[union-attr]
            before.append(
                Turn(item.wires, item.angle, item.scale, *(m @ first for m in (item.constant, item.cosine, item.sine)))
            )
        else:
            before.append(item)

    @property
    def wires(self) -> set[int]:
        return set(self.by_wire)

    @property
    def has_inputs(self) -> bool:
        """Whether its matrices differ between samples."""
        return any(
            isinstance(item, Turn) and isinstance(item.angle, Input)
            for items in self.by_wire.values()
            for item in items
        )


@dataclass
class MonomialStep:
    """Renumbers and scales words."""

    n_qubits: int
    monomial: Monomial | None = None
    wires: set[int] = field(default_factory=set)

    def takes(self, item: Item) -> bool:
        return isinstance(item, Fixed) and as_monomial(item.matrix) is not None

    def add(self, item: Item) -> None:
        assert isinstance(item, Fixed)
        found = as_monomial(item.matrix)
        assert found is not None
        added = found.on(item.wires, self.n_qubits)
        self.monomial = added if self.monomial is None else self.monomial.then(added)
        self.wires |= set(item.wires)


@dataclass
class TurnStep:
    """One turn on two wires."""

    turn: Turn

    def takes(self, item: Item) -> bool:
        return False

    def add(self, item: Item) -> None:
        raise AssertionError("takes nothing")

    @property
    def wires(self) -> set[int]:
        return set(self.turn.wires)


Step = LocalStep | MonomialStep | TurnStep


def steps(ansatz: Ansatz, noise: Noise) -> list[Step]:
    """The steps of a circuit and its noise: each item goes into the last step that takes it, and that nothing after it
    disturbs."""
    found: list[Step] = []
    for item in _items(ansatz, noise):
        for step in reversed(found):
            if step.takes(item):
                step.add(item)
                break
            if step.wires & set(item.wires):
                found.append(_new_step(item, ansatz.n_qubits))
                break
        else:
            found.append(_new_step(item, ansatz.n_qubits))
    return found


def _new_step(item: Item, n_qubits: int) -> Step:
    if isinstance(item, Turn) and len(item.wires) == 2:
        return TurnStep(item)
    # A fixed matrix on one wire is better local: others on its wire are likely to follow.
    step: Step = LocalStep() if len(item.wires) == 1 else MonomialStep(n_qubits)
    step.add(item)
    return step


def _items(ansatz: Ansatz, noise: Noise) -> Iterator[Item]:
    for gate in ansatz.gates:
        for primitive in primitives(gate):
            if isinstance(primitive, Cnot):
                yield Fixed(primitive.wires, transfer(_CNOT))
            elif isinstance(primitive, Local):
                yield _local(primitive)
            else:
                yield from _phase(primitive)
        channels = noise.after_gate(len(gate.wires))
        for wire in gate.wires:
            yield from _channels(channels, wire)
    for wire in range(ansatz.n_qubits):
        yield from _channels(noise.before_measurement(), wire)


def _channels(channels: tuple[Channel, ...], wire: int) -> Iterator[Item]:
    for channel in channels:
        yield Fixed((wire,), transfer(channel.kraus()))


def _local(primitive: Local) -> Item:
    constant = torch.tensor(primitive.constant, dtype=torch.complex128)[None]
    if primitive.sine is None:
        return Fixed((primitive.wire,), transfer(constant))
    sine = torch.tensor(primitive.sine, dtype=torch.complex128)[None]
    # cos(a/2) A + sin(a/2) B at angles 0, pi and pi/2.
    at = [transfer(matrix) for matrix in (constant, sine, (constant + sine) / 2**0.5)]
    return _turn((primitive.wire,), primitive.angle, 1.0, at)


def _phase(phase: Phase) -> Iterator[Item]:
    """exp(i angle f) as turns about the products of Z that f is a sum of; a bit is (1 - Z) / 2."""
    words: dict[tuple[int, ...], float] = {tuple(sorted(phase.signs)): phase.weight}
    for wire in phase.ones:
        halved = {word: weight / 2 for word, weight in words.items()}
        words = dict(halved)
        for word, weight in halved.items():
            # The product of a sign with itself is 1.
            other = tuple(sorted(set(word) ^ {wire}))
            words[other] = words.get(other, 0.0) - weight
    for word, weight in words.items():
        if word:
            z = torch.tensor([1, -1], dtype=torch.complex128)
            diagonal = z if len(word) == 1 else torch.kron(z, z)
            quarter = torch.tensor(pi / 4, dtype=torch.complex128)
            kraus = [torch.diag(torch.exp(-1j * n * quarter * diagonal))[None] for n in (0, 2, 1)]
            yield _turn(word, phase.angle, -2 * weight, [transfer(matrix) for matrix in kraus])


def _turn(wires: tuple[int, ...], angle: Angle, scale: float, at: list[Tensor]) -> Item:
    """From the transfer matrices at 0, pi and pi / 2."""
    constant = (at[0] + at[1]) / 2
    turn = Turn(wires, angle, scale, constant, (at[0] - at[1]) / 2, at[2] - constant)
    if isinstance(angle, Input | Parameter):
        return turn
    matrix = turn.at(scale * angle)
    return Fixed(wires, matrix) if len(wires) == 1 or as_monomial(matrix) is not None else turn


def _after(item: Item, matrix: Tensor) -> Item:
    """The item with a fixed matrix after it."""
    if isinstance(item, Fixed):
        return Fixed(item.wires, matrix @ item.matrix)
    found = (matrix @ part for part in (item.constant, item.cosine, item.sine))
    return Turn(item.wires, item.angle, item.scale, *found)


_CNOT = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=torch.complex128)[None]
