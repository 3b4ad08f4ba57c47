"""What a report says first: every system's means over the classes, beside the paper's and what needs no model."""

from collections.abc import Iterator, Sequence

from qinr_lightning.paper import TABLE_ROWS, paper_tables
from qinr_lightning.reporting.groups import Bench, Group
from qinr_lightning.reporting.notes import notes
from qinr_lightning.reporting.overview import REFERENCES, level
from qinr_lightning.reporting.side_by_side import Metric, metrics_of
from qinr_lightning.reporting.spread import half_width, mean_over_classes
from qinr_lightning.reporting.summary import QUALITY, SPLITS
from qinr_lightning.reporting.table import Cell, Listing, decimals

SPREAD = "half of the 95 % interval over seeds (Student's t, for these classes), which one seed has none of"

Column = tuple[str, Metric]
"""Split and metric."""


def means_table(bench: Bench) -> Listing:
    """Reconstructions and samples on the test split, then those of the train subset; a row for each system."""
    quality, samples = metrics_of(bench.runs, QUALITY), metrics_of(bench.runs, ("frechet", "coverage"))
    columns = [*(("test", metric) for metric in (*quality, *samples)), *(("train", metric) for metric in quality)]
    rows: list[list[str]] = []
    for model in dict.fromkeys(group.runs[0].model for group in bench.groups):
        rows += _of_paper(model, bench, columns)
        rows += [_row(group, bench, columns) for group in bench.groups if group.runs[0].model == model]
    if not bench.joint:
        rows += _of_references(bench, columns)
    over = f"Means over {len(bench.labels)} classes" if len(bench.labels) > 1 else f"Means, {bench.labels[0]}"
    headings = [f"{metric.title}, {SPLITS[split]}" for split, metric in columns]
    return Listing(f"means_{bench.key}", f"{over}, {bench.title}", headings, rows, notes=notes(bench.runs, SPREAD))


def _row(group: Group, bench: Bench, columns: Sequence[Column]) -> list[str]:
    labels = [label for label in bench.labels if any(run.label == label for run in group.runs)]
    part = f" ({len(labels)} of {len(bench.labels)} classes)" if len(labels) < len(bench.labels) else ""
    found = [_text(group.over_seeds(labels, f"{split}/{metric.key}"), metric) for split, metric in columns]
    return [f"{group.name}{part}", *found]


def _text(of_classes: Sequence[Cell], metric: Metric) -> str:
    mean, half = mean_over_classes(of_classes).value, half_width(of_classes)
    if mean is None:
        return ""
    return decimals(mean, metric.digits) + ("" if half is None else f" ± {half:.{metric.digits}f}")


def _of_paper(model: str, bench: Bench, columns: Sequence[Column]) -> Iterator[list[str]]:
    """The paper's reconstructions, as of the train subset: it does not say which images they are of."""
    numbers: dict[str, list[float]] = {
        paper.metric: [values[paper.labels.index(label)] for label in bench.labels]
        for paper in paper_tables().values()
        if paper.metric in QUALITY and paper.dataset == bench.dataset and set(bench.labels) <= set(paper.labels)
        for name, values in paper.rows.items()
        if TABLE_ROWS[name] == (model, False)
    }
    if numbers:
        of_classes = [numbers.get(metric.name, []) if split == "train" else [] for split, metric in columns]
        texts = [
            _text([Cell(number) for number in values], metric)
            for values, (_, metric) in zip(of_classes, columns, strict=True)
        ]
        yield [f"{model}, in the paper", *texts]


def _of_references(bench: Bench, columns: Sequence[Column]) -> Iterator[list[str]]:
    for place, name in REFERENCES.items():
        levels = [(level(bench.runs, bench.labels, metric, place, split), metric) for split, metric in columns]
        found = ["" if value is None else decimals(value, metric.digits) for value, metric in levels]
        if any(found):
            yield [name, *found]
