"""Loss curves for the page: as lines of a drawing that a browser scales and colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qinr_lightning.reporting.groups import Bench
from qinr_lightning.runs import HISTORY, read_history

LOSSES = {
    "loss/reconstruction": "reconstruction loss",
    "loss/total": "total loss",
    "loss/critic": "critic loss",
    "loss/generator": "generator loss",
}
"""Columns of metrics.csv that figures show."""
PER_IMAGE = ("loss/reconstruction", "loss/total")
"""Those that are summed over pixels; the others are a critic's scores."""
WIDTH, HEIGHT = 320, 170
"""Of the drawing, in its own units."""
N_POINTS = 150
"""At most, of a line: more would not be seen."""

Points = list[tuple[float, float]]
History = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Chart:
    """A loss of one system: a line for each class and seed."""

    name: str
    lines: list[tuple[int, str]]
    """Position of the class and the points as a polyline has them."""
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]


@dataclass(frozen=True)
class LossCharts:
    """A loss of all systems on the same axes."""

    title: str
    unit: str
    charts: list[Chart]


def curves_of(history: History, column: str) -> Points:
    """A loss by epoch; none where it would repeat another, as the total of an autoencoder does its reconstruction."""
    repeats = column == "loss/total" and not any("loss/kl" in row for row in history)
    return [] if repeats else [(row["epoch"], row[column]) for row in history if column in row]


def loss_charts(bench: Bench) -> list[LossCharts]:
    """Every loss that the systems of a bench have."""
    labels = bench.labels
    histories = [
        [(labels.index(run.label), read_history(run.folder / HISTORY)) for run in group.runs] for group in bench.groups
    ]
    found = []
    for column, words in LOSSES.items():
        curves = {
            group.name: [(index, points) for index, history in of_group if (points := curves_of(history, column))]
            for group, of_group in zip(bench.groups, histories, strict=True)
        }
        curves = {name: lines for name, lines in curves.items() if lines}
        if curves:
            unit = "per image" if column in PER_IMAGE else "scores"
            found.append(LossCharts(words, unit, _charts(curves)))
    return found


def _charts(curves: dict[str, list[tuple[int, Points]]]) -> list[Chart]:
    from matplotlib.ticker import MaxNLocator

    points = [point for lines in curves.values() for _, line in lines for point in line]
    (left, right), (bottom, top) = ((min(values), max(values)) for values in zip(*points, strict=True))
    right, top = right + (right == left), top + (top == bottom)

    def place(x: float, y: float) -> tuple[float, float]:
        return round((x - left) / (right - left) * WIDTH, 1), round((top - y) / (top - bottom) * HEIGHT, 1)

    x_ticks = [
        (place(x, top)[0], f"{x:g}")
        for x in MaxNLocator(5, integer=True).tick_values(left, right)
        if left <= x <= right
    ]
    y_ticks = [(place(left, y)[1], f"{y:g}") for y in MaxNLocator(4).tick_values(bottom, top) if bottom <= y <= top]
    charts = []
    for name, lines in curves.items():
        drawn = [
            (index, " ".join(f"{x:g},{y:g}" for x, y in (place(*point) for point in _thinned(line))))
            for index, line in lines
        ]
        charts.append(Chart(name, drawn, x_ticks, y_ticks))
    return charts


def _thinned(line: Points) -> Points:
    step = -(-len(line) // N_POINTS)
    return line if step == 1 else [*line[:-1:step], line[-1]]
