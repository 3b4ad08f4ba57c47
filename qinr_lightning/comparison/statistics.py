"""What can be told from paired differences of runs: over classes, and over the seeds within each."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

N_RESAMPLES = 10_000
LEVEL = 0.95
"""Of the intervals."""
POWER = 0.8
"""How often a difference of the size that is asked for shall be told, in :func:`seeds_to_tell`."""
_ROUNDING = 1e-9
"""Share of the differences that their spread has to exceed."""
MOST_SEEDS = 1000
"""More are not worth a number."""

Differences = Mapping[str, Mapping[int, float]]
"""One number for each class and seed that both sides have."""


@dataclass(frozen=True)
class Interval:
    """A mean over classes with its confidence interval; without one where nothing is repeated, or nothing varies."""

    mean: float
    low: float | None
    high: float | None

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval with a sign."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def interval(differences: Differences, n_resamples: int = N_RESAMPLES) -> Interval:
    """Mean over classes of the means over seeds, with a 95 % interval by a hierarchical bootstrap.

    Classes are drawn with replacement, then seeds within each drawn class (Davison and Hinkley, *Bootstrap Methods and
    their Application*, 1997, section 3.8). The percentiles of a few classes are too narrow: their spread is that of n,
    not n - 1, and of a normal distribution, not Student's; and drawing seeds within classes counts the noise of seeds a
    second time. So the percentiles are stretched about the mean until their spread is that of Student's t with n - 1
    degrees of freedom for the standard error of the class means: Hesterberg's correction for narrowness (*What Teachers
    Should Know About the Bootstrap*, The American Statistician 69, 2015, 371-386), as a factor. The shape of the
    bootstrap distribution stays.

    With one class its seeds take the place of the classes, and the interval is of this class alone. Where all differ by
    the same, as counts of a few images can, nothing says how much others would: there is no interval, either.

    Args:
        differences: At least one.
        n_resamples: Draws of the bootstrap; they are the same for the same number of classes and seeds.
    """
    units = [np.array(list(of_class.values())) for of_class in differences.values()]
    if len(units) == 1:
        units = [np.array([value]) for value in units[0]]
    means = np.array([unit.mean() for unit in units])
    mean, n_units = float(means.mean()), len(means)
    if n_units == 1:
        return Interval(mean, None, None)
    error = float(means.std(ddof=1)) / math.sqrt(n_units)
    resampled = _resampled(units, n_resamples) - mean
    spread = float(np.sqrt(np.mean(resampled**2)))
    if min(error, spread) <= _ROUNDING * np.abs(means).max():
        return Interval(mean, None, None)
    tail = (1 - LEVEL) / 2
    stretched = resampled * (error / spread) * (stats.t.isf(tail, n_units - 1) / stats.norm.isf(tail))
    low, high = np.quantile(stretched, [tail, 1 - tail])
    return Interval(mean, mean + float(low), mean + float(high))


def _resampled(units: Sequence[NDArray[np.float64]], n_resamples: int) -> NDArray[np.float64]:
    """Means of resamples, ``(n_resamples,)``: of classes, and of seeds within each of them."""
    random = np.random.default_rng(0)
    n_seeds = np.array([len(unit) for unit in units])
    values = np.zeros((len(units), n_seeds.max()))
    for row, unit in zip(values, units, strict=True):
        row[: len(unit)] = unit
    classes = random.integers(len(units), size=(n_resamples, len(units)))
    drawn = n_seeds[classes][..., None]
    seeds = (random.random((*classes.shape, values.shape[1])) * drawn).astype(np.int64)
    counts = np.arange(values.shape[1]) < drawn
    of_classes = (values[classes[..., None], seeds] * counts).sum(-1) / drawn[..., 0]
    means: NDArray[np.float64] = of_classes.mean(-1)
    return means


def wilcoxon(class_means: Sequence[float]) -> float | None:
    """Two-sided p-value of Wilcoxon's signed-rank test over classes; None for a single class.

    Classes without a difference are left out, as Wilcoxon did; where none has one, p is 1.
    """
    if len(class_means) < 2:
        return None
    differing = [value for value in class_means if value != 0]
    return float(stats.wilcoxon(differing).pvalue) if differing else 1.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values corrected for their number by Holm's step-down method (Scandinavian Journal of Statistics 6, 1979)."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        corrected[index] = largest
    return corrected


def seeds_to_tell(difference: float, differences: Differences) -> int | None:
    """With how many seeds, of the same classes, a difference of this size would be told four times out of five.

    The variance of the mean is that of classes over their number and that of seeds over the number of runs, both
    estimated by the analysis of variance; a difference is told when the interval excludes zero.

    Returns:
        None where it cannot be said, as no class has two seeds, and where no number of seeds is enough.
    """
    repeated = [np.array(list(of_class.values())) for of_class in differences.values() if len(of_class) > 1]
    n_classes = len(differences)
    if not repeated:
        return None
    of_seeds = sum(float(((unit - unit.mean()) ** 2).sum()) for unit in repeated) / sum(len(u) - 1 for u in repeated)
    of_classes = 0.0
    if n_classes > 1:
        means = [np.mean(list(of_class.values())) for of_class in differences.values()]
        noise = of_seeds * float(np.mean([1 / len(of_class) for of_class in differences.values()]))
        of_classes = max(0.0, float(np.var(means, ddof=1)) - noise)
    n_seeds = np.arange(2, MOST_SEEDS + 1)
    freedom = (n_classes if n_classes > 1 else n_seeds) - 1
    errors = np.sqrt((of_classes + of_seeds / n_seeds) / n_classes)
    told = (stats.t.isf((1 - LEVEL) / 2, freedom) + stats.t.isf(1 - POWER, freedom)) * errors <= difference
    return int(n_seeds[told.argmax()]) if told.any() else None
