"""Tables that the paper lacks: classes below it, variety of samples, and what samples are drawn from."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from qinr_lightning.reporting.collect import Run, extractors_of, usual
from qinr_lightning.reporting.notes import describe, notes
from qinr_lightning.reporting.summary import SPLITS
from qinr_lightning.reporting.table import Cell, Kind, Row, Table


def below_the_paper(tables: Sequence[Table]) -> list[str]:
    """Each class where our mean over seeds, on the train subset, is below the paper's, with the difference."""
    lines = []
    for table in tables:
        for row in table.rows:
            if row.kind == "difference":
                digits = table.digits_of(row)
                for column, cell in zip(table.columns, row.cells, strict=True):
                    change = 0.0 if cell.value is None else round(cell.value, digits)
                    if change > 0 if table.lower_is_better else change < 0:
                        system = row.name.partition(", ours")[0]
                        mark = f" ({cell.mark})" if cell.mark else ""
                        where = f"{table.title.partition(':')[0]}, {system}, {column}"
                        lines.append(f"{where}: {cell.value:+.{digits}f}{mark}")
    return lines


def diversity_tables(runs: Sequence[Run]) -> list[Table]:
    """Variety of the samples of every system, a table for each data set; means over the classes all systems have."""
    tables = []
    for dataset in sorted({run.dataset for run in runs}):
        sampled = [run for run in usual(runs) if run.dataset == dataset and "train/samples/n" in run.metrics]
        if not sampled:
            continue
        chosen, over = _of_shared_classes(sampled)
        names = extractors_of(chosen)
        columns = {
            "pairwise distance": "pairwise_distance",
            "Vendi score": "vendi_score",
            "distance to the nearest": "nearest",
            **{f"{metric} ({name})": f"{name}/{metric}" for name in names
               for metric in ("precision", "recall", "density", "coverage")},
        }  # fmt: skip
        rows = []
        for split, words in SPLITS.items():
            for system in sorted({run.system for run in chosen}):
                of_system = [run for run in chosen if run.system == system]
                rows.append(_means(f"{system}, {words} ({_count(of_system)})", of_system, f"{split}/samples", columns))
            rows.append(_means(f"held-out real images, {words}", chosen, f"{split}/real", columns, "reference"))
            rows.append(_means(f"mean image, {words}", chosen, f"{split}/mean_image", columns, "reference"))
        tables.append(
            Table(
                "diversity_" + re.sub(r"\W+", "_", dataset),
                f"Variety of samples, {describe(chosen)}",
                list(columns),
                rows,
                digits=3,
                notes=[
                    f"Means over {over} and seeds, ± their standard deviation. Real images show the level that samples "
                    "of the same number can reach, the mean image what a collapsed model does.",
                    "Pairwise distance and Vendi score are of the images alone, in pixels; the distance to the nearest "
                    "is to the reference's nearest image (root mean square over pixels; 0 is a copy).",
                    *notes(chosen),
                ],
            )
        )
    return tables


def drawn_otherwise_table(runs: Sequence[Run]) -> Table | None:
    """Samples of what was fitted to latent vectors, or made under another noise, beside those of the prior.

    None where ``evaluate`` has measured no such samples.
    """
    kinds = sorted({_kind(run) for run in runs if set(_drawn_from(run)) - {""}})
    found = {match[1] for run in runs for name in run.metrics
             if (match := re.fullmatch(r"(?:.+/)?test/samples/([^/]+)/frechet", name))}  # fmt: skip
    columns = {
        **{f"{metric} ({name})": f"{name}/{metric.lower()}" for name in sorted(found)
           for metric in ("Frechet", "coverage", "recall")},
        "pairwise distance": "pairwise_distance",
        "Vendi score": "vendi_score",
    }  # fmt: skip
    rows = []
    for dataset, system, joint, variant in kinds:
        of_kind = [run for run in runs if _kind(run) == (dataset, system, joint, variant)]
        what = ", ".join([dataset, *(["one model of all classes"] if joint else []), system, *filter(None, [variant])])
        for label in sorted({label for run in of_kind for label in _drawn_from(run)}):
            chosen = [run for run in of_kind if label in _drawn_from(run)]
            place = f"{label}/test/samples".lstrip("/")
            rows.append(_means(f"{what}, {label or 'prior'} ({_count(chosen)})", chosen, place, columns))
    if not rows:
        return None
    means = "Means over the runs of a row, which differ in class or seed, ± their standard deviation."
    fitted = (
        "gmm is a mixture of Gaussians and kde a Gaussian around each vector, fitted to the latent vectors of the "
        "train subset; a number behind them is a setting other than usual. Any other name is that of a noise."
    )
    title = f"Samples by what they are drawn from, {SPLITS['test']}"
    shown = [run for run in runs if _kind(run) in kinds]
    return Table("drawn_otherwise", title, list(columns), rows, digits=3, notes=[means, fitted, *notes(shown)])


def _drawn_from(run: Run) -> list[str]:
    """Labels of the samples that were measured; empty for those of the prior."""
    end = "test/samples/n"
    return [name.removesuffix(end).rstrip("/") for name in run.metrics if name == end or name.endswith(f"/{end}")]


def _of_shared_classes(runs: Sequence[Run]) -> tuple[list[Run], str]:
    """The runs of those classes that every system has, and the classes in words; all runs where there is none."""
    by_system: dict[str, set[str]] = {}
    for run in runs:
        by_system.setdefault(run.system, set()).add(run.label)
    shared = set.intersection(*by_system.values())
    if not shared:
        return list(runs), "each system's own classes (none is common to all: rows do not compare)"
    over = f"the classes that all systems have ({', '.join(sorted(shared))})"
    return [run for run in runs if run.label in shared], over


def _kind(run: Run) -> tuple[str, str, bool, str]:
    return run.dataset, run.system, run.label == "all", run.variant


def _count(runs: Sequence[Run]) -> str:
    return f"{len(runs)} run{'s' if len(runs) > 1 else ''}"


def _means(name: str, runs: Sequence[Run], place: str, columns: dict[str, str], kind: Kind = "ours") -> Row:
    return Row(name, [_mean(runs, f"{place}/{key}", kind) for key in columns.values()], kind)


def _mean(runs: Sequence[Run], key: str, kind: Kind) -> Cell:
    """Over runs that differ in class or seed."""
    having = [run for run in runs if key in run.metrics]
    found = Cell.of([run.metrics[key] for run in having])
    seeds = Counter(run.label for run in having)
    return replace(found, n_seeds=min(seeds.values(), default=None)) if kind == "ours" else found
