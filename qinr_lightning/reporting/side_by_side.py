"""Tables of any sweep: what its systems are, and class by class how they do, with the differences between them."""

from collections.abc import Sequence
from typing import NamedTuple

from qinr_lightning.paper import TABLE_ROWS, paper_tables
from qinr_lightning.reporting.basis import why_apart
from qinr_lightning.reporting.collect import Run, extractors_of
from qinr_lightning.reporting.groups import Bench, Group
from qinr_lightning.reporting.notes import notes
from qinr_lightning.reporting.paper_tables import reference_rows
from qinr_lightning.reporting.spread import mean_over_classes, told
from qinr_lightning.reporting.summary import LABELS, QUALITY, SPLITS
from qinr_lightning.reporting.table import Cell, Listing, Row, Table


class Metric(NamedTuple):
    """A number of metrics.json."""

    key: str
    """Below its split."""
    name: str
    """As in :data:`LABELS`."""
    title: str
    digits: int
    lower_is_better: bool


def metrics_of(runs: Sequence[Run], names: Sequence[str]) -> list[Metric]:
    """Those of some metrics that some runs have on the test split, of features once for each extractor.

    Args:
        runs: At least one.
        names: Keys of :data:`LABELS`, of reconstructions and of samples.
    """
    extractors = extractors_of(runs)
    found = []
    for name in names:
        title, digits = LABELS[name]
        if name in QUALITY:
            keys = {name: title}
        elif name in ("pairwise_distance", "vendi_score"):
            keys = {f"samples/{name}": title}
        else:
            keys = {f"samples/{extractor}/{name}": f"{title} ({extractor})" for extractor in extractors}
        found += [
            Metric(key, name, words, digits, name == "frechet")
            for key, words in keys.items()
            if any(f"test/{key}" in run.metrics for run in runs)
        ]
    return found


def settings_table(bench: Bench) -> Listing:
    """What stands side by side: the settings in which the systems differ, and what they cost."""
    names = list(dict.fromkeys(name for group in bench.groups for name in group.runs[0].settings))
    shown = [name for name in names if len({group.runs[0].settings.get(name) for group in bench.groups}) > 1]
    rows = [
        [
            group.name, str(len(group.runs)), ", ".join(map(str, sorted({run.seed for run in group.runs}))),
            *(_range(group, key) for key in COST), *(group.runs[0].settings.get(name, "as usual") for name in shown),
        ]
        for group in bench.groups
    ]  # fmt: skip
    common = [f"All of them have {bench.common}."] if bench.common else []
    return Listing(
        f"settings_{bench.key}", f"Systems and their settings, {bench.title}",
        ["runs", "seeds", *COST.values(), *shown], rows, notes=[*common, *notes(bench.runs)],
    )  # fmt: skip


COST = {
    "epochs": "epochs",
    "parameters/quantum": "quantum parameters",
    "parameters/classical": "classical parameters",
    "parameters/decoder": "of them in the decoder",
    "time/fit_seconds": "training (s)",
}
"""What a system costs, of metrics.json."""


def _range(group: Group, key: str) -> str:
    values = [run.metrics[key] for run in group.runs if key in run.metrics]
    texts = (
        [f"{value:,.0f}" if value >= 10 else f"{value:g}"[:4] for value in (min(values), max(values))] if values else []
    )
    return " to ".join(dict.fromkeys(texts))


def metric_tables(bench: Bench) -> list[Table]:
    """Classes side by side on the test split, and each system minus the first; none that the paper's tables have."""
    names = (*QUALITY, "frechet", "precision", "recall", "coverage", "vendi_score")
    metrics = metrics_of(bench.runs, names)
    return [_metric_table(bench, metric) for metric in metrics if not _is_in_papers_tables(bench, metric)]


def _is_in_papers_tables(bench: Bench, metric: Metric) -> bool:
    """Whether the paper's tables have a row for each of the systems that have a metric, and a column for each class."""
    paper = next(
        (table for table in paper_tables().values() if (table.dataset, table.metric) == (bench.dataset, metric.name)),
        None,
    )
    if paper is None or bench.joint or not set(bench.labels) <= set(paper.labels):
        return False
    systems = {TABLE_ROWS[name].system for name in paper.rows}
    return all(
        not group.variant and group.runs[0].model in systems
        for group in bench.groups
        if any(f"test/{metric.key}" in run.metrics for run in group.runs)
    )


def _metric_table(bench: Bench, metric: Metric) -> Table:
    key = f"test/{metric.key}"
    columns = _columns(bench, key)
    having = [group for group in bench.groups if any(key in run.metrics for run in group.runs)]
    rows, differences, left_out = [], [], []
    for group in having:
        cells = [Cell.over_seeds(list(group.values(*place).values())) for place in columns.values()]
        rows.append(Row(group.name, cells if bench.joint else [*cells, mean_over_classes(cells)]))
        if group is not having[0]:
            changes = []
            for place in columns.values():
                found, apart = differences_of(group, having[0], *place)
                changes.append(Cell.over_seeds(found))
                left_out += apart
            mean = [] if bench.joint else [told(mean_over_classes(changes), changes)]
            cells = [*(told(change, [change]) for change in changes), *mean]
            differences.append(Row(f"{group.name} minus {having[0].name}", cells, "difference"))
    has_references = not bench.joint and metric.name in (*QUALITY, "frechet")
    references = (
        reference_rows(bench.runs, bench.labels, metric.name, {"test": SPLITS["test"]}) if has_references else []
    )
    minus = ["Differences are of runs of the same class and seed."] if differences else []
    return Table(
        f"{bench.key}_{metric.key.replace('/', '_')}",
        f"{metric.title} on the test split, {bench.title}",
        [*columns, *([] if bench.joint else ["mean"])],
        [*rows, *differences, *references],
        metric.digits,
        metric.lower_is_better,
        notes=[*minus, *left_out, *notes(bench.runs)],
    )


def differences_of(a: Group, b: Group, label: str, key: str) -> tuple[list[float], list[str]]:
    """``a`` minus ``b`` in a metric of a class, for each seed that both have; and what is left out of it, in words.

    Numbers of samples are paired where they rest on the same: see :func:`why_apart`.
    """
    found, left_out = [], []
    for seed, other in b.of_class(label, key).items():
        if (run := a.of_class(label, key).get(seed)) is None:
            continue
        if reason := why_apart(run.metrics, other.metrics, key):
            left_out.append(f"Left out: {a.name} minus {b.name}, {label}, seed {seed}: {reason}.")
        else:
            found.append(run.metrics[key] - other.metrics[key])
    return found, left_out


def _columns(bench: Bench, key: str) -> dict[str, tuple[str, str]]:
    """Heading of each column, and class and metric that it has."""
    if not bench.joint:
        return {label: (label, key) for label in bench.labels}
    classes = sorted(
        {int(name.rpartition("/")[2]) for run in bench.runs for name in run.metrics if _is_of_class(name, key)}
    )
    return {**{f"class {number}": ("all", f"{key}/{number}") for number in classes}, "all images": ("all", key)}


def _is_of_class(name: str, key: str) -> bool:
    return name.rpartition("/")[0] == key and name.rpartition("/")[2].isdigit()
