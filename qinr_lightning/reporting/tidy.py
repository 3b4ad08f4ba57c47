"""All numbers of all runs, for other programs: a line for each run, a column for each metric."""

import csv
import io
from collections.abc import Sequence

from qinr_lightning.reporting.basis import hexadecimal
from qinr_lightning.reporting.collect import Run

RUNS_CSV = "runs.csv"
"""Its name in the folder of a report."""
WHAT = ("dataset", "system", "settings", "class", "seed")
"""Columns that say which run it is: ``settings`` are those that are not usual, in words."""


def runs_csv(runs: Sequence[Run]) -> str:
    """One line a run, in the order of data sets, systems, settings, classes and seeds.

    A metric has six digits, a whole number all of its own; a hash is written as the notes under tables have it. What a
    run lacks is empty.
    """
    metrics = sorted({name for run in runs for name in run.metrics} - {"seed"})
    ordered = sorted(
        runs, key=lambda run: (run.dataset, run.system, run.variant, run.metrics["dataset/label"], run.seed)
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*WHAT, *metrics])
    for run in ordered:
        numbers = [_text(name, run.metrics[name]) if name in run.metrics else "" for name in metrics]
        writer.writerow([run.dataset, run.system, run.variant, run.label, run.seed, *numbers])
    return text.getvalue()


def _text(name: str, value: float) -> str:
    if name.endswith("/hash"):
        return str(hexadecimal(value))
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
