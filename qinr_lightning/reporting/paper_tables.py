"""The paper's tables with our numbers beside its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from qinr_lightning.paper import PaperTable, paper_tables
from qinr_lightning.reporting.collect import NAMES, Run
from qinr_lightning.reporting.run_folder import extractors
from qinr_lightning.reporting.table import Cell, Kind, Row, Table

METRICS = {
    "fid": ("Frechet distance", 2),
    "ssim": ("SSIM", 3),
    "psnr": ("PSNR (dB)", 2),
    "cosine": ("cosine similarity", 3),
}
"""Name and digits of what tables 1 to 12 show."""
SPLITS = {"train": "train subset", "test": "test split"}
EPOCHS_C3 = 30
JOINT = {"B1": "z", "B2": "xyz_zz"}
"""Readouts of the tables of jointly trained models."""
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


def same_class(label: str, other: str) -> bool:
    """Whether two names mean the same class."""
    return label.casefold() == other.casefold()


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
        values = [run.metrics[metric] for run in runs if same_class(run.label, label) and metric in run.metrics]
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


def usual(runs: Sequence[Run]) -> list[Run]:
    """Runs of one class each with the settings that data set and model come with: those that the tables may show."""
    return [run for run in runs if set(run.changed) <= {"recipe"} and run.label != "all"]


def make_paper_tables(runs: Sequence[Run]) -> list[Table]:
    """Those of the paper's tables that the runs have something to say about."""
    tables = []
    for paper in paper_tables().values():
        if paper.metric == "reconstruction":
            table = _joint_table(paper, runs)
        elif paper.metric == "fid_difference":
            table = _decoder_table(paper, runs)
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
        paper_cells = [Cell(number, None, 1) for number in numbers]
        rows.append(Row(f"{name}, paper", [*paper_cells, mean_over_classes(paper_cells)], "paper"))
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
    names = sorted({extractor for run in runs for extractor in extractors(run.metrics)})
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
        names = sorted({extractor for run in runs for extractor in extractors(run.metrics)})
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


def _joint_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
    """Tables B1 and B2: one model of every class, measured class by class."""
    readout = JOINT[paper.name]
    joint = [
        run
        for run in runs
        if run.label == "all" and run.dataset == paper.dataset and run.model == "ae" and run.readout == readout
    ]
    if not joint:
        return None
    rows = []
    for (name, numbers), metric in zip(paper.rows.items(), ("psnr", "ssim", "cosine"), strict=True):
        digits = METRICS[metric][1]
        paper_cells = [Cell(number, None, 1) for number in numbers]
        rows.append(Row(f"{name}, paper", [*paper_cells, mean_over_classes(paper_cells)], "paper", digits))
        for split, words in SPLITS.items():
            found = [
                Cell.of([run.metrics[key] for run in joint if (key := f"{split}/{metric}/{index}") in run.metrics])
                for index in range(len(paper.labels))
            ]
            rows.append(Row(f"{name}, ours, {words}", [*found, mean_over_classes(found)], digits=digits))
            if split == "train":
                change = difference(found, numbers)
                rows.append(Row(f"{name}, ours on the {words} minus paper", change, "difference", digits))
    variants = sorted({run.variant for run in joint})
    return Table(
        f"table{paper.name}",
        f"Table {paper.name}: one model of every class, readout {readout}, {describe(joint)}",
        [*paper.labels, "mean"],
        rows,
        digits=3,
        notes=[*notes(joint), f"Settings: {'; '.join(variants)}."],
    )


def _decoder_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
    """Table C3: the QINR decoder minus classical ones, trained for as long, class by class over common seeds."""
    epochs = {"trainer.max_epochs": EPOCHS_C3}
    pairs: dict[tuple[str, int, str], Run] = {}
    for run in runs:
        classical = run.model == "vae_classical"
        changed = {name: value for name, value in run.changed.items() if not (classical and name == "decoder")}
        if run.dataset == paper.dataset and run.model in ("vae", "vae_classical") and changed == epochs:
            pairs[run.label, run.seed, str(run.facts["choices"]["decoder"]) if classical else "qinr"] = run
    decoders = sorted({decoder for *_, decoder in pairs} - {"qinr"})
    compared = [run for (label, seed, _), run in pairs.items() if (label, seed, "qinr") in pairs]
    if not decoders or not compared:
        return None
    names = sorted({extractor for run in compared for extractor in extractors(run.metrics)})
    metrics = {
        f"{title}, {words}": (f"{split}/{key}", digits)
        for title, key, digits in (
            *((f"Frechet distance ({name})", f"samples/{name}/frechet", 2) for name in names), ("PSNR (dB)", "psnr", 2)
        )
        for split, words in SPLITS.items()
    }  # fmt: skip
    numbers = [Cell(number, None, 1) for number in paper.rows["QINR - LIN"]]
    rows = [Row("FID, QINR - LIN, paper", [*numbers, mean_over_classes(numbers)], "paper")]
    for decoder in decoders:
        for title, (key, digits) in metrics.items():
            found = []
            for label in paper.labels:
                values = [
                    quantum.metrics[key] - other.metrics[key]
                    for (name, seed, kind), other in pairs.items()
                    if name == label and kind == decoder and (quantum := pairs.get((label, seed, "qinr"))) is not None
                    and key in quantum.metrics and key in other.metrics
                ]  # fmt: skip
                found.append(Cell.of(values))
            name = f"{title}, QINR - {decoder}, ours"
            rows.append(Row(name, [*found, mean_over_classes(found)], "neutral difference", digits))
    return Table(
        f"table{paper.name}",
        f"Table {paper.name}: QINR decoder minus classical decoders, {describe(compared)}",
        [*paper.labels, "mean"],
        rows,
        digits=2,
        notes=[
            "Differences of runs of the same class and seed. A positive Frechet distance is in favour of the classical "
            "decoder, a positive PSNR in favour of the QINR decoder.",
            *notes(compared),
        ],
    )


def describe(runs: Sequence[Run]) -> str:
    """The data in words, stand-ins by their own name."""
    return " and ".join(sorted({str(run.facts["images"]) for run in runs}))


def notes(runs: Sequence[Run]) -> list[str]:
    """N, seeds, epochs, commits and versions behind some runs, and what a gap is."""
    seeds = sorted({run.seed for run in runs})
    epochs = _by_model(runs, "epochs")
    versions = sorted({f"{name} {value}" for run in runs for name, value in run.facts["versions"].items()})
    notes = [
        f"Train subset: {_range(runs, 'train/n')} images of each class; test split: {_range(runs, 'test/n')}. "
        f"{'Seed' if len(seeds) == 1 else 'Seeds'} {', '.join(map(str, seeds))}; ± is the standard deviation over "
        f"seeds; epochs: {epochs}.",
        "The paper does not say which images its numbers are from. A dash is a run or a number that is missing.",
        f"Versions: {', '.join(versions)}.",
    ]
    if sampled := [run for run in runs if "train/samples/n" in run.metrics]:
        notes.append(
            f"Samples: N = {_range(sampled, 'train/samples/n')} against {_range(sampled, 'train/n_reference')} "
            f"training and {_range(sampled, 'test/n_reference')} test images; held-out real images: N = "
            f"{_range(sampled, 'train/real/n')} and {_range(sampled, 'test/real/n')}. A Frechet distance is biased "
            "upward at small N and compares only at the same N and with the same features."
        )
    if classified := [run for run in runs if "classifier/accuracy" in run.metrics]:
        hashes = sorted({f"{int(run.metrics['classifier/hash']):012x}" for run in classified})
        notes.append(
            f"Features of the classifier of this data set (hash {', '.join(hashes)}), test accuracy "
            f"{_range(classified, 'classifier/accuracy')}; they do not compare with Inception's."
        )
    return notes


def _range(runs: Sequence[Run], key: str) -> str:
    values = sorted({run.metrics[key] for run in runs if key in run.metrics})
    texts = [f"{value:g}" for value in values]
    return "none" if not texts else texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _by_model(runs: Sequence[Run], key: str) -> str:
    systems = sorted({run.system for run in runs})
    return ", ".join(f"{system} {_range([run for run in runs if run.system == system], key)}" for system in systems)
