"""The paper's figures 3 to 9 from finished runs: loss curves, samples and reconstructions, class by class."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from qinr_lightning.paper import figure_number
from qinr_lightning.reporting.collect import Run, usual
from qinr_lightning.reporting.notes import describe
from qinr_lightning.reporting.pictures import draw_curves, draw_rows
from qinr_lightning.runs import HISTORY, read_examples, read_history

LOSSES = {
    "loss/reconstruction": "reconstruction loss",
    "loss/total": "total loss",
    "loss/critic": "critic loss",
    "loss/generator": "generator loss",
}
N_COLUMNS = 10
Examples = dict[str, Tensor]


@dataclass(frozen=True)
class Figure:
    """A picture and what is on it."""

    path: Path
    caption: str


def draw_figures(runs: Sequence[Run], out: Path) -> list[Figure]:
    """Draw what the runs have to show, for each data set and system; the lowest seed where images are shown."""
    figures = []
    kinds = sorted({(run.dataset, run.system) for run in usual(runs)})
    for dataset, system in kinds:
        chosen = [run for run in usual(runs) if (run.dataset, run.system) == (dataset, system)]
        name = "_".join(re.findall(r"[a-z0-9]+", f"{dataset} {system}".lower()))
        in_order = sorted(chosen, key=lambda run: run.metrics["dataset/label"])
        histories = [(run, read_history(run.folder / HISTORY)) for run in in_order]
        for column in LOSSES:
            figures += _losses(histories, column, name, out)
        of_seed = {run.label: run for run in sorted(in_order, key=lambda run: -run.seed)}
        shown = [run for run in in_order if of_seed[run.label] is run]
        examples = {run.label: read_examples(run.folder) for run in shown}
        figures += _samples(shown, examples, name, out)
        figures += _reconstructions(shown, examples, name, out)
    return figures


def _losses(histories: Sequence[tuple[Run, list[dict[str, float]]]], column: str, name: str, out: Path) -> list[Figure]:
    curves: dict[str, list[list[tuple[float, float]]]] = {}
    for run, history in histories:
        points = [(row["epoch"], row[column]) for row in history if column in row]
        if points and not (column == "loss/total" and not any("loss/kl" in row for row in history)):
            curves.setdefault(run.label, []).append(points)
    if not curves:
        return []
    runs = [run for run, _ in histories]
    number = _number(column, runs)
    caption = f"{_figure(number)}{LOSSES[column]}, {runs[0].system}, {describe(runs)}"
    path = out / f"{_file(number)}{column.replace('/', '_')}_{name}.png"
    draw_curves(curves, path, caption, "loss per image" if column in ("loss/reconstruction", "loss/total") else "loss")
    return [Figure(path, f"{caption}; one line for each class and seed")]


def _samples(runs: Sequence[Run], examples: Mapping[str, Examples], name: str, out: Path) -> list[Figure]:
    known = {label: images["samples"][:N_COLUMNS] for label, images in examples.items() if "samples" in images}
    if not known:
        return []
    number = _number("samples", runs)
    caption = f"{_figure(number)}Samples from the prior, {runs[0].system}, {describe(runs)}"
    return [_rows(known, out / f"{_file(number)}samples_{name}.png", caption, runs)]


def _reconstructions(runs: Sequence[Run], examples: Mapping[str, Examples], name: str, out: Path) -> list[Figure]:
    rows: Examples = {}
    for label, images in examples.items():
        if "test_images" in images:
            pair = torch.cat([images[f"test_{kind}"][: N_COLUMNS // 2] for kind in ("images", "reconstructions")])
            if len(pair) == N_COLUMNS:
                rows[label] = pair
    if not rows:
        return []
    number = _number("reconstructions", runs)
    what = "First test images (left) and their reconstructions (right)"
    caption = f"{_figure(number)}{what}, {runs[0].system}, {describe(runs)}"
    return [_rows(rows, out / f"{_file(number)}reconstructions_{name}.png", caption, runs)]


def _rows(rows: Examples, path: Path, caption: str, runs: Sequence[Run]) -> Figure:
    draw_rows(rows, path, caption)
    seeds = sorted({run.seed for run in runs})
    return Figure(path, f"{caption}; seed {', '.join(map(str, seeds))}")


def _number(shows: str, runs: Sequence[Run]) -> str | None:
    return figure_number(shows, runs[0].model, runs[0].dataset)


def _figure(number: str | None) -> str:
    return f"Figure {number}: " if number else ""


def _file(number: str | None) -> str:
    return f"figure{number}_" if number else ""
