"""Tables B1, B2 and C3: one model of every class with two readouts, and classical decoders."""

from collections.abc import Sequence

from qinr_lightning.paper import PaperTable
from qinr_lightning.reporting.collect import Run, extractors_of
from qinr_lightning.reporting.notes import describe, notes
from qinr_lightning.reporting.rows import METRICS, difference, mean_over_classes, paper_row
from qinr_lightning.reporting.summary import SPLITS
from qinr_lightning.reporting.table import Cell, Row, Table

EPOCHS_C3 = 30
"""Of both models of table C3."""
SETTINGS_B = {"circuit.global_scale": True, "circuit.n_reuploads": 3, "trainer.max_epochs": 40}
"""Of tables B1 and B2, beside the readout; runs with others are variants."""
JOINT = {"B1": "z", "B2": "xyz_zz"}
"""Readouts of the tables of jointly trained models."""


def joint_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
    """Tables B1 and B2: one model of every class, measured class by class."""
    readout = JOINT[paper.name]
    joint = [
        run
        for run in runs
        if run.label == "all"
        and (run.dataset, run.model, run.readout) == (paper.dataset, "ae", readout)
        and {name: value for name, value in run.changed.items() if name != "readout"} == SETTINGS_B
    ]
    if not joint:
        return None
    rows = []
    for (name, numbers), metric in zip(paper.rows.items(), ("psnr", "ssim", "cosine"), strict=True):
        digits = METRICS[metric][1]
        rows.append(paper_row(name, numbers, digits))
        for split, words in SPLITS.items():
            found = [
                Cell.of([run.metrics[key] for run in joint if (key := f"{split}/{metric}/{index}") in run.metrics])
                for index in range(len(paper.labels))
            ]
            rows.append(Row(f"{name}, ours, {words}", [*found, mean_over_classes(found)], digits=digits))
            if split == "train":
                change = difference(found, numbers)
                rows.append(Row(f"{name}, ours on the {words} minus paper", change, "difference", digits))
    return Table(
        f"table{paper.name}",
        f"Table {paper.name}: one model of every class, readout {readout}, {describe(joint)}",
        [*paper.labels, "mean"],
        rows,
        digits=3,
        notes=notes(joint),
    )


def decoder_table(paper: PaperTable, runs: Sequence[Run]) -> Table | None:
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
    names = extractors_of(compared)
    metrics = {
        f"{title}, {words}": (f"{split}/{key}", digits)
        for title, key, digits in (
            *((f"Frechet distance ({name})", f"samples/{name}/frechet", 2) for name in names), ("PSNR (dB)", "psnr", 2)
        )
        for split, words in SPLITS.items()
    }  # fmt: skip
    rows = [paper_row("FID, QINR - LIN", paper.rows["QINR - LIN"])]
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
