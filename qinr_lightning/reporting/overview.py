"""The figure that a report opens with: every system as a dot with its interval, between what needs no model."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.groups import Bench, Group, benches
from qinr_lightning.reporting.paper_tables import cells
from qinr_lightning.reporting.pictures import ONE_SEED_NOTE, colours_of, legend_below, new_figure, save
from qinr_lightning.reporting.side_by_side import Metric, metrics_of
from qinr_lightning.reporting.spread import half_width, mean_over_classes
from qinr_lightning.reporting.summary import QUALITY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REFERENCES = {
    "real": "held-out real images",
    "mean_image": "mean image",
    "pca_6": "PCA, 6 components",
    "pca_8": "PCA, 8 components",
}
"""What needs no model, by its place in metrics.json."""
STYLES = {"mean_image": "-", "pca_6": "--", "pca_8": ":", "real": "-."}
"""Of their lines in ``summary.png``."""


@dataclass(frozen=True)
class Dot:
    """A system: mean over classes of means over seeds."""

    name: str
    value: float
    half: float | None
    """Of the 95 % interval; None for one seed."""
    text: str


@dataclass(frozen=True)
class Line:
    """Something to measure the systems by."""

    name: str
    place: str
    value: float
    text: str


@dataclass(frozen=True)
class Panel:
    """A metric of all systems that have it."""

    title: str
    better: str
    over: str
    """Classes of the means."""
    dots: list[Dot]
    lines: list[Line]
    low: float
    high: float

    def percent(self, value: float) -> float:
        """Where a value is between the ends of the axis."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)


def panels(bench: Bench) -> list[Panel]:
    """PSNR and SSIM of the reconstructions, Frechet distance and coverage of the samples, as far as there are runs."""
    found = (_panel(bench, metric) for metric in metrics_of(bench.runs, ("psnr", "ssim", "frechet", "coverage")))
    return [panel for panel in found if panel is not None]


def draw_summary(runs: Sequence[Run], out: Path) -> list[Path]:
    """Draw ``summary.png``, the panels of every data set with a model for each class below each other."""
    rows = {bench.title: panels(bench) for bench in benches(runs) if not bench.joint}
    rows = {title: found for title, found in rows.items() if found}
    if not rows:
        return []
    path = out / "summary.png"
    _draw(rows, path)
    return [path]


def _draw(rows: Mapping[str, Sequence[Panel]], path: Path) -> None:
    n_columns = max(map(len, rows.values()))
    heights = [max(len(panel.dots) for panel in found) for found in rows.values()]
    figure = new_figure(2.0 + 2.9 * n_columns, 0.6 + sum(0.95 + 0.42 * height for height in heights))
    grid = figure.subplots(len(rows), n_columns, squeeze=False, gridspec_kw={"height_ratios": [h + 2 for h in heights]})
    colours = colours_of(_systems(chain.from_iterable(rows.values())))
    for line, (title, found) in zip(grid, rows.items(), strict=True):
        systems = _systems(found)
        for axes, panel in zip(line, found, strict=False):
            _draw_panel(axes, panel, systems, colours)
        for axes in line[len(found) :]:
            axes.axis("off")
        names = ["\n".join(wrap(name, 42, max_lines=3, placeholder=" ...")) for name in systems]
        line[0].set_yticks(range(len(systems)), names, fontsize=7)
        line[0].set_title(title, fontsize=8, loc="left")
    legend_below(figure)
    save(figure, path)


def _systems(panels: Iterable[Panel]) -> list[str]:
    return list(dict.fromkeys(dot.name for panel in panels for dot in panel.dots))


def _draw_panel(axes: "Axes", panel: Panel, systems: Sequence[str], colours: Mapping[str, str]) -> None:
    for dot in panel.dots:
        place, colour = systems.index(dot.name), colours[dot.name]
        inside = "none" if dot.half is None else colour
        axes.errorbar(dot.value, place, xerr=dot.half, fmt="o", markersize=4, capsize=2.5, color=colour, mfc=inside)
    if any(dot.half is None for dot in panel.dots):
        axes.plot([], [], "o", markersize=4, color="grey", mfc="none", label=ONE_SEED_NOTE)
    for line in panel.lines:
        axes.axvline(line.value, color="grey", linestyle=STYLES[line.place], linewidth=1.1, label=line.name)
    axes.set_yticks(range(len(systems)), [])
    axes.set_ylim(len(systems) - 0.5, -0.5)
    axes.set_xlabel("\n".join(filter(None, [f"{panel.title}, {panel.better}", panel.over])), fontsize=7)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", alpha=0.3)


def _panel(bench: Bench, metric: Metric) -> Panel | None:
    having = [group for group in bench.groups if any(f"test/{metric.key}" in run.metrics for run in group.runs)]
    shared = [label for label in bench.labels if all(group.values(label, f"test/{metric.key}") for group in having)]
    dots = list(_dots(having, shared or bench.labels, metric))
    if not dots:
        return None
    lines = list(_lines(bench.runs, shared, metric)) if not bench.joint else []
    ends = [dot.value + sign * (dot.half or 0) for dot in dots for sign in (-1, 1)] + [line.value for line in lines]
    margin = 0.05 * (max(ends) - min(ends)) or 0.5
    over = f"mean over {', '.join(shared)}" if len(shared) < len(bench.labels) else ""
    if not shared:
        over = "each over its own classes, of which none is common to all: the dots do not compare"
    return Panel(
        metric.title, "lower is better" if metric.lower_is_better else "higher is better", over, dots, lines,
        min(ends) - margin, max(ends) + margin,
    )  # fmt: skip


def _dots(groups: Sequence[Group], labels: Sequence[str], metric: Metric) -> Iterator[Dot]:
    for group in groups:
        cells = [cell for cell in group.over_seeds(labels, f"test/{metric.key}") if cell.value is not None]
        mean, half = mean_over_classes(cells), half_width(cells)
        # Images that are equal have an infinite PSNR, which has no place on an axis.
        if mean.value is not None and abs(mean.value) != float("inf"):
            spread = "" if half is None else f" ± {half:.{metric.digits}f}"
            yield Dot(group.name, mean.value, half, f"{mean.value:.{metric.digits}f}{spread}")


def _lines(runs: Sequence[Run], labels: Sequence[str], metric: Metric) -> Iterator[Line]:
    for place, name in REFERENCES.items():
        value = level(runs, labels, metric, place)
        if value is not None:
            yield Line(name, place, value, f"{value:.{metric.digits}f}")


def level(runs: Sequence[Run], labels: Sequence[str], metric: Metric, place: str, split: str = "test") -> float | None:
    """Mean over classes of what needs no model; None unless every class has it.

    Args:
        runs: Of these classes.
        labels: Classes.
        metric: Of which real images have nothing for reconstructions: unmatched pairs are no ceiling.
        place: Key of :data:`REFERENCES`.
        split: As in metrics.json.
    """
    if place == "real" and metric.key in QUALITY:
        return None
    key = f"{split}/{place}/{metric.key.removeprefix('samples/')}"
    return cells(runs, labels, key, distinct=True)[-1].value
