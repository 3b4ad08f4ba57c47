"""Pictures of a run: losses, reconstructions, samples."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from qinr_lightning.runs import HISTORY, LOSSES, RECONSTRUCTIONS, SAMPLES, read_examples, read_history, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOSSES_SHOWN = {
    "loss per image (nats)": {
        "loss/total": "total",
        "loss/reconstruction": "reconstruction",
        "loss/kl": "KL divergence",
    },
    "critic's score": {
        "loss/critic": "critic, with gradient penalty",
        "loss/generator": "generator",
        "loss/wasserstein": "Wasserstein estimate",
    },
}
"""Columns of metrics.csv that losses.png shows, by their unit: an autoencoder's, a GAN's."""

ONE_SEED_NOTE = "ring: one seed in some class, no interval"
"""In the legend of figures with means over seeds."""
N_COLUMNS = 10
"""Images in a row."""


def draw_pictures(folder: Path, title: str) -> None:
    """Draw losses.png and, where the model can, reconstructions.png and samples.png from what a run folder holds."""
    draw_losses(read_history(folder / HISTORY), folder / LOSSES, title)
    examples = read_examples(folder)
    rows = {name.replace("_", " "): images for name, images in examples.items() if name != "samples"}
    if rows:
        draw_rows(rows, folder / RECONSTRUCTIONS, title)
    if "samples" in examples:
        draw_samples(examples["samples"], N_COLUMNS, folder / SAMPLES, f"{title}, samples from the prior")


def draw_losses(history: list[dict[str, float]], path: Path, title: str) -> None:
    """Losses by epoch: an autoencoder's per image and summed over pixels, as in figures 7 to 9, and a critic's scores.

    Args:
        history: Rows of metrics.csv.
        path: Where the PNG goes.
        title: Title of the figure.
    """
    from matplotlib.ticker import MaxNLocator

    panels = {
        unit: columns
        for unit, columns in LOSSES_SHOWN.items()
        if any(column in row for column in columns for row in history)
    }
    figure = new_figure(5.0 * len(panels), 3.4)
    for axes, (unit, columns) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for column, label in columns.items():
            points = [(row["epoch"], row[column]) for row in history if column in row]
            # The autoencoder's total is its reconstruction loss: one line, not two on top of each other.
            if points and not (
                column == "loss/total" and all(row[column] == row["loss/reconstruction"] for row in history)
            ):
                axes.plot(*zip(*points, strict=True), label=label, marker="." if len(points) < 4 else None)
        axes.set(xlabel="epoch", ylabel=unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if "loss/total" in columns:
            axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.suptitle(title)
    save(figure, path)


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as a PNG, whole or not at all."""
    with whole(path) as partial:
        figure.savefig(partial, format="png")


def draw_curves(curves: dict[str, list[list[tuple[float, float]]]], path: Path, title: str, ylabel: str) -> None:
    """Curves of several classes, by epoch: one colour for each class, a line for each of its seeds.

    Args:
        curves: For each class its lines, as ``(epoch, value)`` points.
        path: Where the PNG goes.
        title: Title of the figure.
        ylabel: What the values are.
    """
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(6.0, 4.0)
    axes = figure.add_subplot()
    for position, (name, lines) in enumerate(curves.items()):
        for number, line in enumerate(lines):
            axes.plot(
                *zip(*line, strict=True), color=colormaps["tab10"](position % 10), linewidth=1.1,
                linestyle="-" if position < 10 else "--", label=name if number == 0 else None,
            )  # fmt: skip
    axes.set(xlabel="epoch", ylabel=ylabel)
    axes.set_title(title, fontsize=8, wrap=True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=7, ncols=2)
    save(figure, path)


def draw_sizes(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float, float | None]]]],
    levels: Mapping[str, float],
    path: Path,
    title: str,
) -> None:
    """Metrics by a decoder's parameters, a panel each: a line for each kind of decoder, with its intervals.

    Args:
        panels: For each metric the points of each kind, ``(parameters, value, half of the interval)``; one without an
            interval is a ring.
        levels: For some metrics, that of PCA with 8 components.
        path: Where the PNG goes.
        title: Title of the figure.
    """
    figure = new_figure(4.2 * len(panels), 4.2)
    colours = colours_of(kind for lines in panels.values() for kind in lines)
    for axes, (metric, lines) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for kind, points in lines.items():
            drawn = [(x, y, math.nan if half is None else half) for x, y, half in points]
            sizes, values, halves = zip(*drawn, strict=True)
            style = {"marker": "o", "markersize": 3.5, "capsize": 2.5, "linewidth": 1.2}
            axes.errorbar(sizes, values, halves, label=kind, color=colours[kind], **style)
            single = [(x, y) for x, y, half in points if half is None]
            if single:
                x, y = zip(*single, strict=True)
                axes.plot(x, y, "o", markersize=3.5, color=colours[kind], mfc="white", zorder=3)
                axes.plot([], [], "o", markersize=3.5, color="grey", mfc="white", label=ONE_SEED_NOTE)
        if metric in levels:
            axes.axhline(levels[metric], color="grey", linestyle=":", label="PCA, 8 components")
        axes.set(xscale="log", xlabel="parameters of the decoder", ylabel=metric)
        axes.grid(alpha=0.3)
    legend_below(figure)
    figure.suptitle(title, fontsize=9, wrap=True)
    save(figure, path)


def draw_rows(rows: Mapping[str, ArrayLike], path: Path, title: str) -> None:
    """Rows of images above each other, such as originals above their reconstructions.

    Args:
        rows: Label of each row and its images in [0, 1], ``(n, channels, height, width)``, the same n for all.
        path: Where the PNG goes.
        title: Title of the figure.
    """
    _draw_grid([(label, _tile(np.asarray(images)[None])) for label, images in rows.items()], path, title)


def draw_samples(images: ArrayLike, n_columns: int, path: Path, title: str) -> None:
    """A grid of images in [0, 1], ``(n, channels, height, width)``, ``n_columns`` in a row, the last row filled up."""
    given = np.asarray(images)
    filled = np.concatenate([given, np.ones((-len(given) % n_columns, *given.shape[1:]), given.dtype)])
    _draw_grid([("", _tile(filled.reshape(-1, n_columns, *given.shape[1:])))], path, title)


def _tile(images: np.ndarray) -> np.ndarray:
    """``(rows, columns, channels, height, width)`` to ``(height, width, channels)``, a thin gap around each."""
    padded = np.pad(images, ((0, 0), (0, 0), (0, 0), (1, 1), (1, 1)), constant_values=1.0)
    rows, columns, channels, height, width = padded.shape
    return padded.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)


def _draw_grid(strips: Sequence[tuple[str, np.ndarray]], path: Path, title: str) -> None:
    zoom = 2.0 / 100  # inches for a pixel of an image
    height = sum(strip.shape[0] for _, strip in strips) * zoom
    width = strips[0][1].shape[1] * zoom
    figure = new_figure(width, height + 0.25 * len(strips) + 0.3)
    axes = figure.subplots(
        len(strips), 1, squeeze=False, gridspec_kw={"height_ratios": [strip.shape[0] for _, strip in strips]}
    )
    for (label, strip), axis in zip(strips, axes[:, 0], strict=True):
        axis.imshow(strip.squeeze(-1) if strip.shape[-1] == 1 else strip, cmap="gray", vmin=0, vmax=1)
        axis.set_title(label, fontsize=8, loc="left", pad=2)
        axis.axis("off")
    figure.suptitle(title, fontsize=9, wrap=True)
    save(figure, path)


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, to be its own in every panel, also where others are missing: an AE has no samples."""
    return {name: f"C{number}" for number, name in enumerate(dict.fromkeys(names))}


def legend_below(figure: "Figure") -> None:
    """One legend for all panels, each name in it once."""
    handles = {
        label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=7)


def new_figure(width: float, height: float) -> "Figure":
    """A figure of some inches."""
    # The object-oriented interface needs no display and keeps no global state.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=150, layout="constrained")
