"""A circuit as a Fourier series of its angles: the frequencies that it can have, and the coefficients that it has.

Schuld, Sweke and Meyer, Phys. Rev. A 103, 032430 (2021): an expectation value is a trigonometric polynomial of what a
circuit encodes, and the gates that encode set its frequencies.
"""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from qinr_lightning.analysis.circuits import TrainedCircuit
from qinr_lightning.quantum import Ansatz, Input

LARGEST_GRID = 3**8
"""Points at which a series of one angle is evaluated."""
_SAME = 1e-9
"""Frequencies that are nearer to each other are one."""


@dataclass(frozen=True)
class Series:
    """Expectation values as a Fourier series of one angle, the others fixed.

    Attributes:
        frequencies: In 1/rad, ascending, ``(n,)``; with each its negative.
        coefficients: Complex, ``(n_points, n_words, n)``.
    """

    frequencies: Tensor
    coefficients: Tensor

    def at(self, angle: Tensor) -> Tensor:
        """The values at an angle, rad, ``(m,)``; ``(n_points, n_words, m)``."""
        return (self.coefficients @ torch.exp(1j * self.frequencies[:, None] * angle)).real

    def amplitudes(self) -> tuple[Tensor, Tensor]:
        """Frequencies of at least 0, and the root mean square amplitude of each over points and words."""
        kept = self.frequencies > -_SAME
        power = self.coefficients[..., kept].abs().square().mean((0, 1))
        factor = torch.where(self.frequencies[kept] < _SAME, 1.0, 2.0)
        return self.frequencies[kept], factor * power.sqrt()


def encoding_steps(ansatz: Ansatz) -> list[tuple[int, float]]:
    """Of each input the highest harmonic that it brings, and the step from one to the next, in 1/rad.

    The generator of a rotation has the eigenvalues 1/2 and -1/2, whose differences are -1, 0 and 1; that of a
    controlled rotation has 0 too, and differences of 1/2. A diagonal phase has 0 and 1.
    """
    steps: list[tuple[int, float]] = [(0, 1.0)] * ansatz.n_inputs
    for gate in ansatz.gates:
        step = 0.5 if gate.is_controlled_rotation else 1.0
        for angle in gate.angles:
            if isinstance(angle, Input):
                highest, before = steps[angle.index]
                finer = min(step, before)
                steps[angle.index] = (round((highest * before + 1) / finer), finer)
    return steps


def reachable_frequencies(circuit: TrainedCircuit, angle: int) -> Tensor:
    """All frequencies that the expectation values can have in one of the circuit's angles, in 1/rad, ascending.

    Each encoding of the angle adds a difference of its gate's eigenvalues times the encoding's scale. The angles are
    counted row by row.

    Raises:
        ValueError: For more of them than :data:`LARGEST_GRID`.
    """
    found = torch.zeros(1, dtype=torch.float64)
    for scale, highest, step in _encodings(circuit, angle):
        harmonics = step * scale * torch.arange(-highest, highest + 1, dtype=torch.float64)
        found = _distinct((found[:, None] + harmonics).flatten())[0]
        if len(found) > LARGEST_GRID:
            raise ValueError(f"angle {angle} has more than {LARGEST_GRID} frequencies")
    return found


def series(circuit: TrainedCircuit, angle: int, points: Tensor) -> Series:
    """The Fourier series of the expectation values in one of the circuit's angles, the others as at some points.

    A fast Fourier transform over the inputs by which the angle is encoded, each on a grid of its own as fine as its
    highest harmonic needs: exact whatever the scales are, which need not have a common period.

    Args:
        circuit: The circuit.
        angle: Which angle, counted row by row.
        points: Values of all angles, rad, ``(n_points, n_angles)``.

    Raises:
        ValueError: For a grid of more than :data:`LARGEST_GRID` points.
    """
    which = _encoding_inputs(circuit, angle)
    encodings = _encodings(circuit, angle)
    sizes = [2 * highest + 1 for _, highest, _ in encodings]
    if math.prod(sizes) > LARGEST_GRID:
        raise ValueError(f"the series of angle {angle} needs a grid of {math.prod(sizes)} points")
    axes = [
        2 * math.pi / step * torch.arange(size, dtype=torch.float64) / size
        for size, (_, _, step) in zip(sizes, encodings, strict=True)
    ]
    grid = torch.cartesian_prod(*axes).view(-1, len(axes)) if axes else torch.zeros(1, 0, dtype=torch.float64)
    inputs = (points @ circuit.encoding.T)[:, None].repeat(1, len(grid), 1)
    inputs[..., which] = grid
    values = circuit.values_of_inputs(inputs.flatten(0, 1)).view(len(points), *sizes, -1).movedim(-1, 1)
    dims = tuple(range(2, 2 + len(sizes)))
    coefficients = (torch.fft.fftn(values, dim=dims) / len(grid)) if dims else values.to(torch.complex128)
    by_axis = [
        scale * step * size * torch.fft.fftfreq(size, dtype=torch.float64)
        for size, (scale, _, step) in zip(sizes, encodings, strict=True)
    ]
    sums = [math.fsum(parts) for parts in itertools.product(*(axis.tolist() for axis in by_axis))]
    frequencies, place = _distinct(torch.tensor(sums, dtype=torch.float64))
    flat = coefficients.reshape(len(points), len(circuit.words), -1)
    summed = flat.new_zeros(*flat.shape[:2], len(frequencies)).index_add(2, place, flat)
    return Series(frequencies, summed)


def affine_share(circuit: TrainedCircuit) -> float:
    """Share of the variance of the expectation values, at the circuit's angles, that an affine map of them explains.

    1 where the circuit does nothing, at these angles, that a linear layer would not do.
    """
    values = circuit.values(circuit.angles)
    terms = torch.cat([circuit.angles, torch.ones(len(values), 1, dtype=torch.float64)], 1)
    rest = values - terms @ torch.linalg.lstsq(terms, values, driver="gelsd").solution
    total = (values - values.mean(0)).square().sum()
    return float(1 - rest.square().sum() / total) if total > 0 else 1.0


def _encoding_inputs(circuit: TrainedCircuit, angle: int) -> Tensor:
    return circuit.encoding[:, angle].nonzero().flatten()


def _encodings(circuit: TrainedCircuit, angle: int) -> list[tuple[float, int, float]]:
    """Scale, highest harmonic and its step for each encoding of an angle."""
    steps = encoding_steps(circuit.ansatz)
    return [
        (float(circuit.encoding[index, angle]), *steps[index]) for index in _encoding_inputs(circuit, angle).tolist()
    ]


def _distinct(frequencies: Tensor) -> tuple[Tensor, Tensor]:
    """Frequencies ascending, near ones once, and where each of the given ones is among them."""
    ordered, order = frequencies.sort()
    starts = torch.cat([torch.ones(1, dtype=torch.bool), ordered.diff() > _SAME])
    place = torch.empty_like(order)
    place[order] = starts.cumsum(0) - 1
    return ordered[starts], place
