"""hardware.json and hardware.png: how well runs reconstruct with fewer shots or under noise."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from qinr_lightning.errors import SettingError
from qinr_lightning.reporting.pictures import new_figure, save
from qinr_lightning.reporting.summary import LABELS, QUALITY
from qinr_lightning.runs import HARDWARE, HARDWARE_PICTURE, read_json, write_json

Curves = Sequence[Mapping[str, Any]]
"""As hardware.json has them under ``curves``."""


def add_curves(folder: Path, curves: Curves) -> None:
    """Write curves into hardware.json, in the place of those of the same name, and draw all that are in it.

    hardware.png has a row for each curve and data: PSNR, SSIM and cosine similarity of held-out images. Runs that were
    trained under the same noise share a line, their mean, with their range around it; dotted is what they have as they
    were trained.

    Args:
        folder: A run folder, or one that holds the runs.
        curves: Of that run, or of all of them.

    Raises:
        SettingError: When there is a hardware.json that cannot be read.
    """
    path = folder / HARDWARE
    try:
        others = read_json(path)["curves"] if path.exists() else []
    except (KeyError, ValueError) as error:
        raise SettingError("run", path, f"is not a readable {HARDWARE}; delete it to have it written anew") from error
    names = {curve["curve"] for curve in curves}
    together = [*(other for other in others if other["curve"] not in names), *curves]
    write_json(path, {"curves": together})
    _draw_rows(together, folder / HARDWARE_PICTURE)


def curve_table(curve: Mapping[str, Any]) -> Table:
    """A curve's held-out images as a table for the terminal."""
    table = Table(curve["x_label"], title=f"{curve['data']}: {curve['curve']}", title_justify="left")
    costs = {"executions": "circuits an image", "shots": "shots an image"}
    shown = [key for key in costs if key in curve["points"][0]]
    for heading in [*(costs[key] for key in shown), *(LABELS[metric][0] for metric in QUALITY)]:
        table.add_column(heading, justify="right")
    for point in curve["points"]:
        quality = (f"{point[f'test/{metric}']:.{LABELS[metric][1]}f}" for metric in QUALITY)
        table.add_row(f"{point['x']:g}", *(f"{point[key]}" for key in shown), *quality)
    return table


def _draw_rows(curves: Curves, path: Path) -> None:
    rows = list(dict.fromkeys((curve["curve"], curve["data"]) for curve in curves))
    figure = new_figure(9.0, 2.8 * len(rows))
    grid = figure.subplots(len(rows), len(QUALITY), squeeze=False)
    for of_row, (name, data) in zip(grid, rows, strict=True):
        chosen = [curve for curve in curves if (curve["curve"], curve["data"]) == (name, data)]
        for axes, metric in zip(of_row, QUALITY, strict=True):
            _draw(axes, chosen, f"test/{metric}")
            axes.set(xlabel=chosen[0]["x_label"], ylabel=LABELS[metric][0])
            axes.grid(alpha=0.3)
        of_row[0].set_title(f"{data}: {name}", fontsize=9, loc="left")
        of_row[0].legend(frameon=False, fontsize=6)
    save(figure, path)


def _draw(axes: Any, curves: Curves, metric: str) -> None:
    trained = sorted({curve["trained_under"] for curve in curves}, key=lambda under: under or "")
    points = {point["x"] for curve in curves for point in curve["points"]}
    for number, under in enumerate(trained):
        lines = [curve for curve in curves if curve["trained_under"] == under]
        # Runs may have been measured at other points.
        positions = sorted(set.intersection(*({point["x"] for point in curve["points"]} for curve in lines)))
        values = np.array(
            [[point[metric] for x in positions for point in c["points"] if point["x"] == x] for c in lines]
        )
        label = f"trained: {under or 'no noise'}"
        axes.plot(positions, values.mean(0), color=f"C{number}", marker=".", label=f"{label} (n={len(lines)})")
        axes.fill_between(positions, values.min(0), values.max(0), color=f"C{number}", alpha=0.2, linewidth=0)
        as_trained = float(np.mean([curve["as_trained"][metric] for curve in lines]))
        axes.axhline(as_trained, color=f"C{number}", linestyle=":", linewidth=1)
    if min(points) > 0:
        axes.set_xscale("log")
    else:
        axes.set_xscale("symlog", linthresh=min(points - {0}, default=1), linscale=0.5)
        axes.set_xlim(left=0)
