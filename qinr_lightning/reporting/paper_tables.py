"""Tables 1 to 12 of the paper with our numbers beside its own: a cell for each class, over seeds."""

import math
from collections.abc import Mapping, Sequence

from qinr_lightning.paper import TABLE_ROWS, PaperTable, paper_tables
from qinr_lightning.reporting.collect import Run, extractors_of, usual
from qinr_lightning.reporting.notes import describe, notes
from qinr_lightning.reporting.spread import mean_over_classes, told
from qinr_lightning.reporting.summary import LABELS, SPLITS
from qinr_lightning.reporting.table import Cell, Kind, Row, Table

GAN_FOOTNOTE = (
    "The paper's rows of the GANs appear to rest on images in [-1, 1] and, for the cosine similarity, on "
    "0.5 + 0.5 cos; ours follow the one definition of this report, so that no difference is shown."
)


def class_tables(runs: Sequence[Run]) -> list[Table]:
    """Those of tables 1 to 12 that the runs have something to say about."""
    tables = []
    for paper in paper_tables().values():
        of_dataset = [run for run in usual(runs) if run.dataset == paper.dataset]
        if of_dataset and paper.metric not in ("reconstruction", "frechet_difference"):
            tables.append(_table(paper, of_dataset))
    return tables


def _table(paper: PaperTable, runs: list[Run]) -> Table:
    metric, digits = LABELS[paper.metric]
    rows = []
    for name, numbers in paper.rows.items():
        system = TABLE_ROWS[name].system
        of_system = [run for run in runs if run.model == system]
        rows.append(paper_row(name, numbers, has_runs=bool(of_system)))
        if not of_system:
            rows.append(Row(f"{name}, ours: no run", [Cell()] * (len(numbers) + 1), has_runs=False))
        for recipe in sorted({run.system for run in of_system}):
            chosen = [run for run in of_system if run.system == recipe]
            title = f"{name}{recipe.removeprefix(system)}"
            make = _frechet_rows if paper.metric == "frechet" else _quality_rows
            rows += make(title, chosen, paper, name)
    rows += reference_rows(runs, paper.labels, paper.metric)
    return Table(
        f"table{int(paper.name):02d}",
        f"Table {paper.name}: {metric}, {describe(runs)}",
        [*paper.labels, "mean"],
        rows,
        digits,
        paper.metric == "frechet",
        notes=[*notes(runs), *([] if paper.metric == "frechet" else [GAN_FOOTNOTE])],
    )


def _quality_rows(title: str, runs: list[Run], paper: PaperTable, name: str) -> list[Row]:
    system, is_prior = TABLE_ROWS[name]
    place = "samples/" if is_prior else ""
    rows = []
    for split, words in SPLITS.items():
        key = f"{split}/{place}{paper.metric}"
        ours = cells(runs, paper.labels, key)
        rows.append(Row(f"{title}, ours, {words}", ours))
        if split == "train" and system in ("QINR-AE", "QINR-VAE"):
            # Unmatched pairs have no better or worse: real images score lower than the mean image.
            kind: Kind = "neutral difference" if is_prior else "difference"
            rows.append(Row(f"{title}, ours on the {words} minus paper", difference(ours, paper.rows[name]), kind))
    return rows


def _frechet_rows(title: str, runs: list[Run], paper: PaperTable, name: str) -> list[Row]:
    names = extractors_of(runs)
    if not names:
        return [Row(f"{title}, ours: not evaluated", [Cell()] * (len(paper.labels) + 1))]
    rows = []
    for extractor in names:
        for split, words in SPLITS.items():
            key = f"{split}/samples/{extractor}/frechet"
            ours = cells(runs, paper.labels, key)
            rows.append(Row(f"{title}, ours, {extractor}, {words}", ours))
            if extractor == "inception" and split == "train":
                change = difference(ours, paper.rows[name])
                rows.append(Row(f"{title}, ours on the {words} minus paper", change, "difference"))
        for metric in ("kid", "kid_sd"):
            key = f"train/samples/{extractor}/{metric}"
            label = "KID" if metric == "kid" else "sd of KID over subsets"
            values = cells(runs, paper.labels, key)
            rows.append(Row(f"{title}, ours, {extractor}, train subset, {label}", values, digits=3))
    return rows


def reference_rows(
    runs: Sequence[Run], labels: Sequence[str], metric: str, splits: Mapping[str, str] = SPLITS
) -> list[Row]:
    """What needs no model: real images, the mean image, principal components."""
    if metric == "frechet":
        names = extractors_of(runs)
        wanted = {
            f"{label}, {extractor}, {words}": f"{split}/{place}/{extractor}/frechet"
            for extractor in names
            for place, label in (("real", "held-out real images (floor)"), ("mean_image", "mean image (ceiling)"))
            for split, words in splits.items()
        }
    else:
        wanted = {
            f"{label}, {words}": f"{split}/{place}/{metric}"
            for place, label in (
                ("real", "held-out real images, unmatched"),
                ("mean_image", "mean image, unmatched"),
                ("pca_6", "PCA, 6 components"),
                ("pca_8", "PCA, 8 components"),
            )
            for split, words in splits.items()
        }
    # Runs of one class and seed agree on these, whatever the system: each value counts once.
    rows = [Row(name, cells(runs, labels, key, distinct=True), "reference") for name, key in wanted.items()]
    return [row for row in rows if any(cell.value is not None for cell in row.cells)]


def cells(runs: Sequence[Run], labels: Sequence[str], metric: str, distinct: bool = False) -> list[Cell]:
    """A cell for each class, over seeds, and the mean over classes, a gap unless every class is there.

    Args:
        runs: Runs of one system.
        labels: Classes.
        metric: As in metrics.json.
        distinct: Of what needs no model, one number for each seed, whose number of seeds does not matter; a gap where
            runs of one class and seed have several, such as those with other training images.
    """
    found = []
    for label in labels:
        values = [(run.seed, run.metrics[metric]) for run in runs if run.label == label and metric in run.metrics]
        found.append(_distinct(values) if distinct else Cell.over_seeds([value for _, value in values]))
    return [*found, mean_over_classes(found)]


def _distinct(values: Sequence[tuple[int, float]]) -> Cell:
    by_seed: dict[int, list[float]] = {}
    for seed, value in values:
        by_seed.setdefault(seed, []).append(value)
    # Processors round in their own ways.
    agree = all(math.isclose(min(found), max(found), rel_tol=1e-3, abs_tol=1e-6) for found in by_seed.values())
    return Cell.of(sorted({found[0] for found in by_seed.values()})) if agree else Cell()


def difference(ours: Sequence[Cell], paper: Sequence[float]) -> list[Cell]:
    """Ours minus the paper's, column by column and for the mean."""
    classes = ours[: len(paper)]
    found = [
        Cell() if cell.value is None else Cell(cell.value - number, None, cell.n, cell.n_seeds)
        for cell, number in zip(classes, paper, strict=True)
    ]
    return [
        *(told(change, [cell], beside_one_run=True) for change, cell in zip(found, classes, strict=True)),
        told(mean_over_classes(found), classes, beside_one_run=True),
    ]


def paper_row(name: str, numbers: Sequence[float], digits: int | None = None, has_runs: bool = True) -> Row:
    """The paper's numbers and their mean."""
    found = [Cell(number, None, 1) for number in numbers]
    return Row(f"{name}, paper", [*found, mean_over_classes(found)], "paper", digits, has_runs)
