"""Tables B1, B2 and C3: one model of every class with two readouts, and classical decoders."""

from collections.abc import Sequence

from qinr_lightning.paper import PaperTable, paper_tables
from qinr_lightning.reporting.collect import Run, extractors_of
from qinr_lightning.reporting.groups import Group
from qinr_lightning.reporting.notes import describe, notes
from qinr_lightning.reporting.paper_tables import difference, paper_row
from qinr_lightning.reporting.side_by_side import differences_of
from qinr_lightning.reporting.spread import mean_over_classes, told
from qinr_lightning.reporting.summary import LABELS, QUALITY, SPLITS
from qinr_lightning.reporting.table import Cell, Row, Table


def appendix_tables(runs: Sequence[Run]) -> list[Table]:
    """Those of tables B1, B2 and C3 that the runs have something to say about."""
    papers = paper_tables()
    tables = [_joint_table(papers[name], runs) for name in ("B1", "B2")] + [_decoder_table(papers["C3"], runs)]
    return [table for table in tables if table is not None]


def _joint_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
    """Tables B1 and B2: one model of every class, measured class by class."""
    joint = [
        run
        for run in runs
        if (run.dataset, run.model, run.label) == (paper.dataset, "QINR-AE", "all") and run.changed == paper.changed
    ]
    if not joint:
        return None
    rows = []
    for (name, numbers), metric in zip(paper.rows.items(), QUALITY, strict=True):
        digits = LABELS[metric][1]
        rows.append(paper_row(name, numbers, digits))
        for split, words in SPLITS.items():
            found = [
                Cell.over_seeds(
                    [run.metrics[key] for run in joint if (key := f"{split}/{metric}/{index}") in run.metrics]
                )
                for index in range(len(paper.labels))
            ]
            rows.append(Row(f"{name}, ours, {words}", [*found, mean_over_classes(found)], digits=digits))
            if split == "train":
                change = difference(found, numbers)
                rows.append(Row(f"{name}, ours on the {words} minus paper", change, "difference", digits))
    return Table(
        f"table{paper.name}",
        f"Table {paper.name}: one model of every class, readout {paper.changed.get('readout', 'z')}, {describe(joint)}",
        [*paper.labels, "mean"],
        rows,
        digits=3,
        notes=notes(joint),
    )


def _decoder_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
    """Table C3: the QINR decoder minus classical ones, trained for as long, class by class over common seeds."""
    by_kind: dict[str, list[Run]] = {"qinr": []}
    for run in runs:
        classical = run.classical_decoder
        chosen = {} if classical is None else {"decoder" if classical == "classical" else "circuit": classical}
        if (
            run.dataset == paper.dataset
            and run.model in ("QINR-VAE", "classical VAE")
            and run.changed == {**chosen, **paper.changed}
        ):
            by_kind.setdefault(classical or "qinr", []).append(run)
    quantum, *others = (Group(kind, alike) for kind, alike in by_kind.items())
    decoders = sorted(others, key=lambda group: group.name)
    there = {(run.label, run.seed) for run in quantum.runs}
    compared = [run for alike in by_kind.values() for run in alike if (run.label, run.seed) in there]
    if not decoders or not compared:
        return None
    names = extractors_of(compared)
    metrics = {
        f"{title}, {words}": (f"{split}/{key}", digits)
        for title, key, digits in (
            *((f"Frechet distance ({name})", f"samples/{name}/frechet", 2) for name in names), ("PSNR (dB)", "psnr", 2)
        )
        for split, words in SPLITS.items()
    }  # fmt: skip
    rows, left_out = [paper_row("FID, QINR - LIN", paper.rows["QINR - LIN"])], []
    for decoder in decoders:
        for title, (key, digits) in metrics.items():
            found = []
            for label in paper.labels:
                values, apart = differences_of(quantum, decoder, label, key)
                found.append(told(change := Cell.over_seeds(values), [change]))
                left_out += apart
            name = f"{title}, QINR - {decoder.name}, ours"
            rows.append(Row(name, [*found, told(mean_over_classes(found), found)], "neutral difference", digits))
    return Table(
        f"table{paper.name}",
        f"Table {paper.name}: QINR decoder minus classical decoders, {describe(compared)}",
        [*paper.labels, "mean"],
        rows,
        digits=2,
        notes=[
            "Differences of runs of the same class and seed. A positive Frechet distance is in favour of the classical "
            "decoder, a positive PSNR in favour of the QINR decoder.",
            *left_out,
            *notes(compared),
        ],
    )
