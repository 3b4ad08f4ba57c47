"""How far a mean over seeds is to be trusted, and whether a difference says more than the seeds do."""

import math
from collections.abc import Sequence
from dataclasses import replace

from qinr_lightning.reporting.table import Cell

CONFIDENCE = 0.95


def half_width(cells: Sequence[Cell], beside_one_run: bool = False) -> float | None:
    """Half of the 95 % interval of the mean over classes of means over seeds.

    The classes are the ones that are asked about, the seeds are drawn, and their spread differs from class to class:
    Student's t with the degrees of freedom of Welch and Satterthwaite.

    Args:
        cells: Of each class, over seeds.
        beside_one_run: In place of the mean, its difference to single further runs, whose spread is taken to be alike.

    Returns:
        None where a class has a single seed, or a spread without end.
    """
    from scipy.special import stdtrit

    variances = [
        (cell.sd**2 * (1 / cell.n + beside_one_run), cell.n - 1)
        for cell in cells
        if cell.n_seeds is not None and cell.sd is not None and math.isfinite(cell.sd)
    ]
    if not variances or len(variances) < len(cells):
        return None
    total = sum(variance for variance, _ in variances)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(variance**2 / n for variance, n in variances)
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(total) / len(variances)


def told(difference: Cell, cells: Sequence[Cell], beside_one_run: bool = False) -> Cell:
    """A difference that knows whether the seeds alone can make it.

    Args:
        difference: Of one class, or its mean over classes.
        cells: What it is of, class by class, over seeds.
        beside_one_run: See :func:`half_width`.
    """
    half = half_width(cells, beside_one_run)
    return replace(
        difference, within_spread=difference.value is not None and half is not None and abs(difference.value) <= half
    )


def mean_over_classes(found: Sequence[Cell]) -> Cell:
    """Mean of the cells' means, a gap unless each has one; ``n`` is the number of classes."""
    values = [cell.value for cell in found if cell.value is not None]
    if not values or len(values) != len(found):
        return Cell()
    seeds = [cell.n_seeds for cell in found if cell.n_seeds is not None]
    return Cell(sum(values) / len(values), None, len(values), min(seeds, default=None))
