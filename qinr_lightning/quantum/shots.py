"""Expectation values from a finite number of measurements, and their gradient by the parameter-shift rule.

What is read is drawn from the exact probabilities of every measurement group. The draws depend on the seed and on what
is measured, bit by bit: the same circuits give the same counts again, in another process and after an interruption, and
no state has to be kept.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import Angle, Ansatz, GateList, Input, Parameter
from qinr_lightning.quantum.backend import without_autocast
from qinr_lightning.quantum.readout import PauliWord, measurement_groups
from qinr_lightning.quantum.statevector.basis import z_signs
from qinr_lightning.ranges import PositiveInt
from qinr_lightning.seeding import Seed, generator

Outcomes = Callable[[Ansatz, Tensor, Tensor, Sequence[str]], Tensor]
"""``(ansatz, inputs, parameters, bases)`` to the probabilities of the outcomes, ``(n_bases, batch, 2**n_qubits)``."""

TWO_TERMS = ((math.pi / 2, 0.5), (-math.pi / 2, -0.5))
_INNER, _OUTER = (math.sqrt(2) + 1) / (4 * math.sqrt(2)), (math.sqrt(2) - 1) / (4 * math.sqrt(2))
FOUR_TERMS = (
    (math.pi / 2, _INNER), (-math.pi / 2, -_INNER), (3 * math.pi / 2, -_OUTER), (-3 * math.pi / 2, _OUTER)
)  # fmt: skip
"""Shifts of an angle, rad, and what they weigh in the derivative, as PennyLane has them: two where the eigenvalues of
the gate's generator have one distance, four for controlled rotations, where they have two."""
AT_A_TIME = 2**22
"""Numbers that the states of shifted circuits have at most, in one go; one circuit may have more."""


def at_a_time(ansatz: Ansatz, batch: int, base: Literal[2, 4]) -> int:
    """Shifted circuits whose states are simulated together."""
    numbers: int = batch * base**ansatz.n_qubits
    return max(1, AT_A_TIME // numbers)


@dataclass(frozen=True)
class Shots:
    """How often each circuit is measured.

    Raises:
        SettingError: For less than one shot.
    """

    number: PositiveInt
    """Of each measurement group."""
    seed: Seed = 0

    def __post_init__(self) -> None:
        if self.number < 1:
            raise SettingError("shots", self.number, "must be at least 1, or null for exact expectation values")

    @property
    def label(self) -> str:
        """What metrics are called that were measured so, such as ``shots_1024`` or ``shots_1024_seed_1``."""
        return f"shots_{self.number}" if self.seed == 0 else f"shots_{self.number}_seed_{self.seed}"

    def counts(self, probabilities: Tensor, *owner: int | str) -> Tensor:
        """How often each outcome was read.

        Args:
            probabilities: ``(..., n_outcomes)``.
            owner: Whose draws these are; the same get the same.

        Returns:
            Of the same shape and dtype, each row with ``number`` as its sum.
        """
        rows = probabilities.detach().double().clamp(min=0).cpu().numpy()
        drawn = np.random.default_rng(generator(self.seed, "shots", *owner).initial_seed()).multinomial(
            self.number, rows / rows.sum(-1, keepdims=True)
        )
        return torch.from_numpy(drawn).to(probabilities)

    def expectations(
        self,
        outcomes: Outcomes,
        ansatz: Ansatz,
        inputs: Tensor,
        parameters: Tensor,
        words: tuple[PauliWord, ...],
        base: Literal[2, 4] = 2,
    ) -> Tensor:
        """Estimates of expectation values, ``(batch, n_words)``; other arguments as of :class:`Backend`'s method.

        Args:
            outcomes: Simulates.
            base: With ``base**n_qubits`` numbers for a state: 2 of state vectors, 4 of density matrices.

        Their gradient is estimated, too: of circuits with one angle shifted, ``number`` shots each (Schuld et al.,
        Phys. Rev. A 99, 032331; Wierichs et al., Quantum 6, 677).
        """
        if not (torch.is_grad_enabled() and (inputs.requires_grad or parameters.requires_grad)):
            return self._estimate(outcomes, ansatz, inputs, parameters, words)
        shiftable = _shiftable(ansatz)
        given = torch.cat([inputs.flatten(1).to(parameters), parameters.flatten().expand(len(inputs), -1)], dim=1)
        n_inputs = inputs.flatten(1).shape[1]
        angles = given[:, [k if is_input else n_inputs + k for is_input, k in shiftable.sources]]
        values: Tensor = _ParameterShift.apply(
            angles, self, outcomes, shiftable, words, at_a_time(ansatz, len(inputs), base)
        )
        return values

    def _estimate(
        self, outcomes: Outcomes, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]
    ) -> Tensor:
        groups = measurement_groups(words, ansatz.n_qubits)
        probabilities = outcomes(ansatz, inputs, parameters, [group.letters for group in groups])
        counts = self.counts(probabilities, _digest(inputs, parameters), *(group.letters for group in groups))
        values = parameters.new_empty(len(inputs), len(words))
        for group, of_group in zip(groups, counts, strict=True):
            signs = _signs(tuple(words[k] for k in group.words), ansatz.n_qubits).to(of_group)
            values[:, group.words] = of_group @ signs.T / self.number
        return values


class _Shiftable(NamedTuple):
    """A circuit in which each angle that is no constant has a number of its own.

    Attributes:
        ansatz: All its angles are inputs.
        sources: What each of them was: whether an input, and its index.
        shifts: Of all circuits that the gradient takes, the angle's number and what is added to it, rad.
        weights: Of their values in the derivative by that angle.
    """

    ansatz: Ansatz
    sources: list[tuple[bool, int]]
    shifts: list[tuple[int, float]]
    weights: list[float]


@lru_cache(maxsize=32)
def _shiftable(ansatz: Ansatz) -> _Shiftable:
    sources: list[tuple[bool, int]] = []
    shifts: list[tuple[int, float]] = []
    weights: list[float] = []
    gates = []
    for gate in ansatz.gates:
        angles: list[Angle] = []
        for angle in gate.angles:
            if isinstance(angle, Input | Parameter):
                for shift, weight in FOUR_TERMS if gate.is_controlled_rotation else TWO_TERMS:
                    shifts.append((len(sources), shift))
                    weights.append(weight)
                angles.append(Input(len(sources)))
                sources.append((isinstance(angle, Input), angle.index))
            else:
                angles.append(angle)
        gates.append(gate._replace(angles=tuple(angles)))
    return _Shiftable(GateList(ansatz.n_qubits, tuple(gates)), sources, shifts, weights)


class _ParameterShift(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        angles: Tensor,
        shots: Shots,
        outcomes: Outcomes,
        circuit: _Shiftable,
        words: tuple[PauliWord, ...],
        n_together: int,
    ) -> Tensor:
        ctx.save_for_backward(angles)
        ctx.circuit, ctx.n_together = circuit, n_together
        ctx.estimate = lambda shifted: shots._estimate(outcomes, circuit.ansatz, shifted, shifted.new_zeros(0), words)
        values: Tensor = ctx.estimate(angles)
        return values

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, weights: Tensor) -> tuple[Tensor | None, ...]:
        (angles,) = ctx.saved_tensors
        circuit: _Shiftable = ctx.circuit
        gradient = torch.zeros_like(angles)
        n_together = ctx.n_together
        with without_autocast(weights.device):
            for first in range(0, len(circuit.shifts), n_together):
                shifts = circuit.shifts[first : first + n_together]
                shifted = angles.repeat(len(shifts), 1, 1)
                for row, (number, shift) in enumerate(shifts):
                    shifted[row, :, number] += shift
                values = ctx.estimate(shifted.flatten(0, 1)).view(len(shifts), *weights.shape)
                terms = (values * weights).sum(-1) * weights.new_tensor(circuit.weights[first : first + len(shifts)])[
                    :, None
                ]
                gradient.index_add_(1, torch.tensor([number for number, _ in shifts], device=angles.device), terms.T)
        return gradient, None, None, None, None, None


@lru_cache(maxsize=32)
def _signs(words: tuple[PauliWord, ...], n_qubits: int) -> Tensor:
    """Value of each word for each outcome, ``(n_words, 2**n_qubits)``, float64."""
    # The cache outlives the caller's inference mode.
    with torch.inference_mode(False):
        z = z_signs(n_qubits)
        return torch.stack([z[[wire for _, wire in word]].prod(0) for word in words])


def _digest(*tensors: Tensor) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
