"""Tables 1 to 12 of the paper with our numbers beside its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from qinr_lightning.paper import PaperTable, paper_tables
from qinr_lightning.reporting.appendix_tables import decoder_table, joint_table
from qinr_lightning.reporting.collect import NAMES, Run, extractors_of
from qinr_lightning.reporting.notes import describe, notes
from qinr_lightning.reporting.rows import METRICS, cells, difference, paper_row
from qinr_lightning.reporting.summary import SPLITS
from qinr_lightning.reporting.table import Cell, Kind, Row, Table

GAN_FOOTNOTE = (
    "The paper's rows of the GANs appear to rest on images in [-1, 1] and, for the cosine similarity, on "
    "0.5 + 0.5 cos; ours follow the one definition of this report, so that no difference is shown."
)


@dataclass(frozen=True)
class System:
    """A row of the paper and where its numbers are among ours."""

    model: str
    """As in ``model=...``."""
    prior: bool
    """Whether it is about samples rather than reconstructions."""


SYSTEMS = {
    "PQWGAN": System("pqwgan", True),
    "Quantum AnoGAN": System("anogan", True),
    "QINR-QGAN": System("qinr_qgan", True),
    "QINR-VAE": System("vae", True),
    "QINR-VAE (prior)": System("vae", True),
    "QINR-VAE (recons)": System("vae", False),
    "QINR-AE": System("ae", False),
}


def usual(runs: Sequence[Run]) -> list[Run]:
    """Runs of one class each with the settings that data set and model come with: those that the tables may show."""
    return [run for run in runs if not run.variant and run.label != "all"]


def make_paper_tables(runs: Sequence[Run]) -> list[Table]:
    """Those of the paper's tables that the runs have something to say about."""
    tables = []
    for paper in paper_tables().values():
        if paper.metric == "reconstruction":
            table = joint_table(paper, runs)
        elif paper.metric == "fid_difference":
            table = decoder_table(paper, runs)
        else:
            of_dataset = [run for run in usual(runs) if run.dataset == paper.dataset]
            table = _table(paper, of_dataset) if of_dataset else None
        if table is not None:
            tables.append(table)
    return tables


def _table(paper: PaperTable, runs: list[Run]) -> Table:
    metric, digits = METRICS[paper.metric]
    rows = []
    for name, numbers in paper.rows.items():
        system = SYSTEMS[name]
        rows.append(paper_row(name, numbers))
        of_system = [run for run in runs if run.model == system.model]
        if not of_system:
            rows.append(Row(f"{name}, ours: no run", [Cell()] * (len(numbers) + 1)))
        for recipe in sorted({run.system for run in of_system}):
            chosen = [run for run in of_system if run.system == recipe]
            title = f"{name}{recipe.removeprefix(NAMES[system.model])}"
            make = _frechet_rows if paper.metric == "fid" else _quality_rows
            rows += make(title, chosen, paper, name)
    rows += _reference_rows(runs, paper)
    return Table(
        f"table{int(paper.name):02d}",
        f"Table {paper.name}: {metric}, {describe(runs)}",
        [*paper.labels, "mean"],
        rows,
        digits,
        paper.metric == "fid",
        [*notes(runs), *([] if paper.metric == "fid" else [GAN_FOOTNOTE])],
    )


def _quality_rows(title: str, runs: list[Run], paper: PaperTable, name: str) -> list[Row]:
    system = SYSTEMS[name]
    place = "samples/" if system.prior else ""
    rows = []
    for split, words in SPLITS.items():
        key = f"{split}/{place}{paper.metric}"
        ours = cells(runs, paper.labels, key)
        rows.append(Row(f"{title}, ours, {words}", ours))
        if split == "train" and system.model in ("ae", "vae"):
            # Unmatched pairs have no better or worse: real images score lower than the mean image.
            kind: Kind = "neutral difference" if system.prior else "difference"
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


def _reference_rows(runs: list[Run], paper: PaperTable) -> list[Row]:
    """What needs no model: real images, the mean image, principal components."""
    if paper.metric == "fid":
        names = extractors_of(runs)
        wanted = {
            f"{label}, {extractor}, {words}": f"{split}/{place}/{extractor}/frechet"
            for extractor in names
            for place, label in (("real", "held-out real images (floor)"), ("mean_image", "mean image (ceiling)"))
            for split, words in SPLITS.items()
        }
    else:
        wanted = {
            f"{label}, {words}": f"{split}/{place}/{paper.metric}"
            for place, label in (
                ("real", "held-out real images, unmatched"),
                ("mean_image", "mean image, unmatched"),
                ("pca_6", "PCA, 6 components"),
                ("pca_8", "PCA, 8 components"),
            )
            for split, words in SPLITS.items()
        }
    # Runs of one class and seed agree on these, whatever the system: each value counts once.
    rows = [Row(name, cells(runs, paper.labels, key, distinct=True), "reference") for name, key in wanted.items()]
    return [row for row in rows if any(cell.value is not None for cell in row.cells)]
