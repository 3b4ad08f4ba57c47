"""Rows of class-wise tables: a cell for each class, over seeds, and the mean over classes."""

from collections.abc import Sequence

from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.table import Cell, Row

METRICS = {
    "fid": ("Frechet distance", 2),
    "ssim": ("SSIM", 3),
    "psnr": ("PSNR (dB)", 2),
    "cosine": ("cosine similarity", 3),
}
"""Name and digits of what tables 1 to 12 show."""


def cells(runs: Sequence[Run], labels: Sequence[str], metric: str, distinct: bool = False) -> list[Cell]:
    """A cell for each class, over seeds, and the mean over classes, a gap unless every class is there.

    Args:
        runs: Runs of one system.
        labels: Classes.
        metric: As in metrics.json.
        distinct: Count equal numbers once.
    """
    found = []
    for label in labels:
        values = [run.metrics[metric] for run in runs if run.label == label and metric in run.metrics]
        found.append(Cell.of(sorted(set(values)) if distinct else values))
    return [*found, mean_over_classes(found)]


def mean_over_classes(found: Sequence[Cell]) -> Cell:
    """Mean of the cells' means; the number of classes in place of the number of seeds."""
    values = [cell.value for cell in found if cell.value is not None]
    return Cell(sum(values) / len(values), None, len(values)) if values and len(values) == len(found) else Cell()


def difference(ours: Sequence[Cell], paper: Sequence[float]) -> list[Cell]:
    """Ours minus the paper's, column by column and for the mean."""
    found = [
        Cell() if cell.value is None else Cell(cell.value - number, None, cell.n)
        for cell, number in zip(ours, paper, strict=False)
    ]
    return [*found, mean_over_classes(found)]


def paper_row(name: str, numbers: Sequence[float], digits: int | None = None) -> Row:
    """The paper's numbers and their mean."""
    found = [Cell(number, None, 1) for number in numbers]
    return Row(f"{name}, paper", [*found, mean_over_classes(found)], "paper", digits)
