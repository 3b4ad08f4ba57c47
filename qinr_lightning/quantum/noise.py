"""Noise models: what befalls the qubits after each gate, before the measurement and in it.

A channel acts on one wire. After a gate on two wires each of them gets the channels: errors of the two are independent.
Names and conventions of channels are PennyLane's.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, NamedTuple

import torch
from annotated_types import Gt, Le
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.ranges import Fraction

Duration = Annotated[float, Gt(0), Le(1e9)]
"""ns."""


class Channel(NamedTuple):
    """A channel on one wire, such as ``Channel("DepolarizingChannel", 0.01)``."""

    name: str
    """A key of :data:`CHANNELS`, PennyLane's name."""
    strength: float
    """Its one parameter: a probability, or an angle in rad."""

    def kraus(self) -> Tensor:
        """Its Kraus matrices, ``(n, 2, 2)``, complex128."""
        return torch.tensor(CHANNELS[self.name](self.strength), dtype=torch.complex128)


Matrices = list[list[list[complex]]]


def _depolarizing(p: float) -> Matrices:
    kept, other = math.sqrt(1 - p), math.sqrt(p / 3)
    return [
        [[kept, 0], [0, kept]],
        [[0, other], [other, 0]],
        [[0, -1j * other], [1j * other, 0]],
        [[other, 0], [0, -other]],
    ]


def _amplitude_damping(gamma: float) -> Matrices:
    return [[[1, 0], [0, math.sqrt(1 - gamma)]], [[0, math.sqrt(gamma)], [0, 0]]]


def _phase_damping(gamma: float) -> Matrices:
    return [[[1, 0], [0, math.sqrt(1 - gamma)]], [[0, 0], [0, math.sqrt(gamma)]]]


def _bit_flip(p: float) -> Matrices:
    kept, flipped = math.sqrt(1 - p), math.sqrt(p)
    return [[[kept, 0], [0, kept]], [[0, flipped], [flipped, 0]]]


def _rx(angle: float) -> Matrices:
    cos, sin = math.cos(angle / 2), math.sin(angle / 2)
    return [[[cos, -1j * sin], [-1j * sin, cos]]]


CHANNELS: dict[str, Callable[[float], Matrices]] = {
    "DepolarizingChannel": _depolarizing,
    "AmplitudeDamping": _amplitude_damping,
    "PhaseDamping": _phase_damping,
    "BitFlip": _bit_flip,
    "RX": _rx,
}
"""Kraus matrices of each channel; a rotation is one, too."""


def queue_channels(wires: Iterable[int], channels: tuple[Channel, ...]) -> None:
    """Queue channels on each of some wires as PennyLane's operations."""
    import pennylane as qp

    for wire in wires:
        for channel in channels:
            getattr(qp, channel.name)(channel.strength, wires=wire)


class Noise(ABC):
    """A noise model. Immutable; two with the same numbers are equal, as those of a frozen dataclass are.

    Attributes:
        readout_error: Probability that a measured bit is read as the other one, the same for 0 and 1.
    """

    readout_error: float = 0.0

    @property
    @abstractmethod
    def label(self) -> str:
        """What metrics that were measured under it are called, such as ``depolarizing_0.01``."""

    def after_gate(self, n_wires: int) -> tuple[Channel, ...]:
        """Channels on each of the ``n_wires`` wires of a gate, right after it, in their order."""
        return ()

    def before_measurement(self) -> tuple[Channel, ...]:
        """Channels on every wire after the last gate, in their order."""
        return ()

    def facts(self) -> tuple[object, ...]:
        """All that it does, in numbers and names."""
        return self.after_gate(1), self.after_gate(2), self.before_measurement(), self.readout_error

    def check(self) -> None:
        """Refuse what cannot be simulated, of a model that somebody else has written.

        Raises:
            SettingError: For a channel that is not in :data:`CHANNELS`, or a model that is not immutable.
        """
        name = type(self).__name__
        for channel in (*self.after_gate(1), *self.after_gate(2), *self.before_measurement()):
            if channel.name not in CHANNELS:
                raise SettingError("noise", name, f"has the channel {channel.name}; known: {', '.join(CHANNELS)}")
        try:
            hash(self)
        except TypeError as error:
            raise SettingError("noise", name, "must be immutable, such as a @dataclass(frozen=True)") from error

    def read(self, word: PauliWord) -> float:
        """What readout errors leave of a word's expectation value: a factor of 1 - 2 p for every bit."""
        return float((1 - 2 * self.readout_error) ** len(word))


@dataclass(frozen=True)
class _OfProbability(Noise):
    probability: Fraction = 0.01

    _name: ClassVar[str]
    """What the label begins with."""

    def __post_init__(self) -> None:
        _check("probability", self.probability, 0 <= self.probability <= 1, "must be from 0 to 1")

    @property
    def label(self) -> str:
        return f"{self._name}_{self.probability:g}"


@dataclass(frozen=True)
class _OfGates(_OfProbability):
    _channel: ClassVar[str]
    """PennyLane's name of what befalls every wire of a gate."""

    def after_gate(self, n_wires: int) -> tuple[Channel, ...]:
        return (Channel(self._channel, self.probability),)


@dataclass(frozen=True)
class Depolarizing(_OfGates):
    """After every gate each of its wires suffers X, Y or Z, each with a third of ``probability``."""

    _name, _channel = "depolarizing", "DepolarizingChannel"


@dataclass(frozen=True)
class AmplitudeDamping(_OfGates):
    """After every gate each of its wires falls from 1 to 0 with ``probability``."""

    _name, _channel = "amplitude_damping", "AmplitudeDamping"


@dataclass(frozen=True)
class PhaseDamping(_OfGates):
    """After every gate each of its wires is measured by the environment with ``probability``: its phase is lost."""

    _name, _channel = "phase_damping", "PhaseDamping"


@dataclass(frozen=True)
class ReadoutError(_OfProbability):
    """Every measured bit is read as the other one with ``probability``."""

    _name = "readout_error"

    @property
    def readout_error(self) -> float:  # type: ignore[override]
        return self.probability


@dataclass(frozen=True)
class RandomRotation(Noise):
    """RX of a random angle on every wire before the measurement (Ma et al.).

    The angle is uniform in [0, ``width``), another for each wire and shot; expectation values are means over it.

    Args:
        width: rad.
    """

    width: Annotated[float, Gt(0), Le(2 * math.pi)] = 0.5

    def __post_init__(self) -> None:
        _check("width", self.width, 0 < self.width <= 2 * math.pi, "must be above 0 and at most 2 pi, rad")

    @property
    def label(self) -> str:
        return f"rotation_{self.width:g}"

    def before_measurement(self) -> tuple[Channel, ...]:
        # The mean of exp(i angle) is exp(i width / 2) sinc(width / 2): a rotation by the mean angle, and flips.
        half = self.width / 2
        return Channel("RX", half), Channel("BitFlip", (1 - math.sin(half) / half) / 2)


@dataclass(frozen=True)
class DeviceNoise(Noise):
    """The numbers that a device's calibration gives: gate errors, relaxation during gates, and readout errors.

    After a gate, each of its wires gets a depolarizing channel and thermal relaxation for as long as the gate lasts:
    amplitude damping with ``1 - exp(-t / t1)``, and the phase damping that makes coherences ``exp(-t / t2)``. The
    defaults are of the size that IBM publishes for its Eagle processors.

    Args:
        one_qubit_error: Probability of the depolarizing channel after a gate on one wire.
        two_qubit_error: The same on each wire of a gate on two.
        readout_error: Probability that a measured bit is read as the other one.
        t1: Relaxation time, ns.
        t2: Coherence time, ns; at most 2 t1.
        one_qubit_time: How long a gate on one wire lasts, ns.
        two_qubit_time: How long a gate on two wires lasts, ns.
    """

    one_qubit_error: Fraction = 2.5e-4
    two_qubit_error: Fraction = 7.5e-3
    readout_error: Fraction = 1.3e-2
    t1: Duration = 250_000
    t2: Duration = 150_000
    one_qubit_time: Duration = 57
    two_qubit_time: Duration = 533

    def __post_init__(self) -> None:
        _check("t2", self.t2, self.t2 <= 2 * self.t1, f"must be at most 2 t1 = {2 * self.t1:g}")
        for name in ("one_qubit_error", "two_qubit_error", "readout_error"):
            _check(name, getattr(self, name), 0 <= getattr(self, name) <= 1, "must be from 0 to 1")

    @property
    def label(self) -> str:
        others = [field for field in fields(self) if getattr(self, field.name) != field.default]
        return "_".join(["device", *(f"{field.name}_{getattr(self, field.name):g}" for field in others)])

    def after_gate(self, n_wires: int) -> tuple[Channel, ...]:
        error, time = (
            (self.one_qubit_error, self.one_qubit_time) if n_wires == 1 else (self.two_qubit_error, self.two_qubit_time)
        )
        return (
            Channel("DepolarizingChannel", error),
            Channel("AmplitudeDamping", 1 - math.exp(-time / self.t1)),
            Channel("PhaseDamping", 1 - math.exp(-2 * time / self.t2 + time / self.t1)),
        )


def _check(name: str, value: float, is_allowed: bool, allowed: str) -> None:
    if not is_allowed:
        raise SettingError(name, value, allowed)
