"""How many of the paper's reconstruction numbers are met: a row for each kind of run, and one for the best of all."""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import groupby

from qinr_lightning.paper import TABLE_ROWS, PaperTable, paper_tables
from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.paper_tables import cells, difference
from qinr_lightning.reporting.summary import LABELS, QUALITY
from qinr_lightning.reporting.table import Listing


class Verdict(Enum):
    """What our mean over seeds is beside a number of the paper; the first of several counts."""

    MET = "met or beaten"
    WITHIN = "below, within spread"
    BELOW = "below"


Entry = tuple[str, str, str]
"""Number of the table, row and column."""
Verdicts = dict[Entry, Verdict]


def entries_table(runs: Sequence[Run]) -> Listing | None:
    """Counts of what is met of tables 4 to 12, on the train subset; None where no run has anything to say about them.

    An entry is a metric of QINR-AE or of QINR-VAE's reconstructions on one class. It is met where the mean over seeds,
    rounded as the tables are, is not below the paper's number.
    """
    systems = {row.system for row in TABLE_ROWS.values() if not row.is_prior}
    of_classes = [run for run in runs if run.system in systems and run.label != "all"]
    tables = [table for table in paper_tables().values() if table.metric in QUALITY]
    groups = groupby(sorted(of_classes, key=_kind), key=_kind)
    kinds = {kind: verdicts for kind, alike in groups if (verdicts := _verdicts(list(alike), tables))}
    if not kinds:
        return None
    rows = []
    for (variant, dataset, system), verdicts in kinds.items():
        rows.append(_row(f"{dataset}, {system}, {variant or 'usual settings'}", verdicts))
    usual = [verdicts for (variant, *_), verdicts in kinds.items() if not variant]
    if len(usual) > 1:
        rows.append(_row("usual settings, all of them", _best(usual)))
    if len(kinds) > len(usual):
        rows.append(_row("the best of all rows for each", _best(kinds.values())))
    return Listing(
        "entries",
        "Entries of tables 4 to 12 that are met, train subset",
        ["entries", *(verdict.value for verdict in Verdict)],
        rows,
        notes=[
            "An entry is the PSNR, SSIM or cosine similarity of one class. Within spread: so far below that the seeds "
            "alone can make it (95 %, Student's t; the paper's number counts as one run). Several kinds of run can "
            "meet an entry; the last row counts each once, by the best of them.",
        ],
    )


def _kind(run: Run) -> tuple[str, str, str]:
    return run.variant, run.dataset, run.system


def _verdicts(runs: Sequence[Run], tables: Iterable[PaperTable]) -> Verdicts:
    """Of runs that differ in class and seed alone."""
    found = {}
    for table in tables:
        if table.dataset != runs[0].dataset:
            continue
        for name, numbers in table.rows.items():
            row = TABLE_ROWS.get(name)
            if row is None or row.is_prior or row.system != runs[0].system:
                continue
            ours = cells(runs, table.labels, f"train/{table.metric}")
            digits = LABELS[table.metric][1]
            for label, change in zip(table.labels, difference(ours, numbers), strict=False):
                if change.value is not None:
                    met = round(change.value, digits) >= 0
                    below = Verdict.WITHIN if change.within_spread else Verdict.BELOW
                    found[table.name, name, label] = Verdict.MET if met else below
    return found


def _best(several: Iterable[Verdicts]) -> Verdicts:
    """Of each entry the best verdict."""
    order = list(Verdict)
    best: Verdicts = {}
    for verdicts in several:
        for entry, verdict in verdicts.items():
            best[entry] = min(best.get(entry, verdict), verdict, key=order.index)
    return best


def _row(name: str, verdicts: Verdicts) -> list[str]:
    counts = [sum(found is verdict for found in verdicts.values()) for verdict in Verdict]
    return [name, *map(str, [len(verdicts), *counts])]
