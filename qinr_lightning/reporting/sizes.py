"""What a decoder's size is worth: a metric against the decoder's parameters, a line for each kind of decoder."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.groups import Bench, Group, benches, last_parts
from qinr_lightning.reporting.overview import level
from qinr_lightning.reporting.pictures import draw_sizes
from qinr_lightning.reporting.side_by_side import Metric, metrics_of
from qinr_lightning.reporting.spread import half_width, mean_over_classes

MODEL, DECODER = "model", "decoder"
SIZE = "decoder.n_parameters"
"""The setting in which decoders of one kind differ."""
SHOWN = ("psnr", "ssim", "frechet", "coverage")
PCA = "pca_8"

Point = tuple[float, float, float | None]
"""Parameters of the decoder; mean over classes of means over seeds; half of its 95 % interval, None for one seed."""


def draw_frontiers(runs: Sequence[Run], out: Path) -> list[Path]:
    """Draw ``sizes_*.png`` for each data set on which some kind of decoder has runs of two sizes at least."""
    paths = []
    for bench in map(_where_sizes_differ, benches(runs)):
        found = {metric: frontier(bench, metric) for metric in metrics_of(bench.runs, SHOWN)}
        panels = {
            metric.title: lines for metric, lines in found.items() if max(map(len, lines.values()), default=0) > 1
        }
        pca = {metric.title: level(bench.runs, bench.labels, metric, PCA) for metric in found}
        levels = {title: value for title, value in pca.items() if value is not None}
        if panels:
            paths.append(out / f"sizes_{bench.key}.png")
            title = f"Decoders by size, {bench.title}: test split, mean over {', '.join(bench.labels)}"
            draw_sizes(panels, levels, paths[-1], title)
    return paths


def _where_sizes_differ(bench: Bench) -> Bench:
    """The bench on the classes that most of the sizes have runs of, of which others may have more."""
    classes = Counter(
        frozenset(run.label for run in group.runs) for group in bench.groups if SIZE in group.runs[0].settings
    )
    if not classes:
        return bench
    ((most, _),) = classes.most_common(1)
    groups = [replace(group, runs=[run for run in group.runs if run.label in most]) for group in bench.groups]
    return replace(bench, groups=[group for group in groups if group.runs])


def frontier(bench: Bench, metric: Metric) -> dict[str, list[Point]]:
    """A metric by size, for each kind of decoder, the smallest first; of those that have runs of every class."""
    lines: dict[str, list[Point]] = {}
    for group, kind in zip(bench.groups, _kinds(bench.groups), strict=True):
        for point in _points(group, bench.labels, f"test/{metric.key}"):
            lines.setdefault(kind, []).append(point)
    return {kind: sorted(points, key=lambda point: point[:2]) for kind, points in lines.items()}


def _points(group: Group, labels: Sequence[str], key: str) -> Iterator[Point]:
    sizes = {run.metrics["parameters/decoder"] for run in group.runs if "parameters/decoder" in run.metrics}
    cells = group.over_seeds(labels, key)
    mean = mean_over_classes(cells).value
    if len(sizes) == 1 and mean is not None:
        yield sizes.pop(), mean, half_width(cells)


def _kinds(groups: Sequence[Group]) -> list[str]:
    """What each group is but for its size, in the fewest settings that tell them apart, the decoder's own first."""
    kinds = [{MODEL: group.runs[0].facts["choices"]["model"], **group.runs[0].settings, SIZE: ""} for group in groups]
    names = sorted({name for kind in kinds for name in kind}, key=lambda name: (not name.startswith("decoder"), name))

    def n_told(by: Sequence[str]) -> int:
        return len({tuple(kind.get(name) for name in by) for kind in kinds})

    chosen = [name for name in (MODEL, DECODER) if n_told([name]) > 1]
    while n_told(chosen) < n_told(names):
        chosen.append(max(names, key=lambda name: n_told([*chosen, name])))
    short = last_parts(set(chosen))
    found = []
    for group, kind in zip(groups, kinds, strict=True):
        words = {name: f"{short[name]}={value}" for name, value in kind.items() if name in chosen}
        words |= {MODEL: group.system} if MODEL in chosen else {}
        words |= {DECODER: kind[DECODER]} if DECODER in words else {}
        found.append(", ".join(words.values()) or group.system)
    return found
