"""Two sides of a comparison beside each other, metric by metric."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from qinr_lightning.comparison.metrics import Metric
from qinr_lightning.comparison.statistics import Differences, Interval, holm, interval, seeds_to_tell, wilcoxon
from qinr_lightning.reporting.basis import why_apart

Runs = Mapping[tuple[str, int], Mapping[str, float]]
"""metrics.json of each run of a side, by class and seed."""
PRINCIPAL = "PCA with 8 components"
"""The linear reference of as many numbers as the models' latent vectors have by default."""


def compare_pairs(sides: Mapping[str, Runs], metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """Every side minus every later one, as comparison.json has it.

    Args:
        sides: In their order.
        metrics: Compared as far as both sides have them.
    """
    return [
        {
            "a": a,
            "b": b,
            "metrics": _compare(a, b, sides[a], sides[b], metrics),
            "left_out": left_out(sides[a], sides[b], metrics),
        }
        for a, b in combinations(sides, 2)
    ]


def compare_with_principal_components(sides: Mapping[str, Runs], metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """Every side minus :data:`PRINCIPAL` of the same training images, in the metrics that these have.

    Args:
        sides: In their order.
        metrics: Compared as far as there are reconstructions.
    """
    found = []
    for name, runs in sides.items():
        linear = {run: _of_principal_components(numbers) for run, numbers in runs.items()}
        if compared := _compare(name, PRINCIPAL, runs, linear, metrics):
            found.append({"a": name, "b": PRINCIPAL, "metrics": compared, "left_out": []})
    return found


def _of_principal_components(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics of the linear reference under the names of the model's own."""
    return {name.replace("/pca_8/", "/"): value for name, value in metrics.items() if "/pca_8/" in name}


def paired_differences(a: Runs, b: Runs, key: str) -> dict[str, dict[int, float]]:
    """``a`` minus ``b`` for each class and seed that both have a finite number for, those of samples alike."""
    found: dict[str, dict[int, float]] = {}
    for (label, seed), metrics in a.items():
        other = b.get((label, seed), {})
        if key not in metrics or key not in other or why_apart(metrics, other, key):
            continue
        if math.isfinite(difference := metrics[key] - other[key]):
            found.setdefault(label, {})[seed] = difference
    return found


def left_out(a: Runs, b: Runs, metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """Runs of the same class and seed whose samples do not compare: in which metrics, and why.

    They are of another number, against other images, or measured by another extractor.
    """
    found: dict[tuple[str, int, str], list[str]] = {}
    for metric in metrics:
        for (label, seed), numbers in a.items():
            other = b.get((label, seed), {})
            if metric.key in numbers and metric.key in other and (why := why_apart(numbers, other, metric.key)):
                found.setdefault((label, seed, why), []).append(metric.key)
    return [
        {"label": label, "seed": seed, "reason": why, "metrics": keys} for (label, seed, why), keys in found.items()
    ]


def _compare(a: str, b: str, of_a: Runs, of_b: Runs, metrics: Sequence[Metric]) -> dict[str, dict[str, Any]]:
    differences = {metric: paired_differences(of_a, of_b, metric.key) for metric in metrics}
    differences = {metric: found for metric, found in differences.items() if found}
    means = {
        metric: [float(np.mean(list(of_class.values()))) for of_class in found.values()]
        for metric, found in differences.items()
    }
    p_values = [wilcoxon(class_means) for class_means in means.values()]
    compared = {}
    for (metric, found), p, p_holm in zip(differences.items(), p_values, holm(p_values), strict=True):
        told = interval(found)
        better = [-value if metric.lower_is_better else value for value in means[metric]]
        wins, losses = sum(value >= metric.tie for value in better), sum(value <= -metric.tie for value in better)
        ties, needed = len(better) - wins - losses, seeds_to_tell(metric.worth_telling, found)
        compared[metric.key] = {
            "title": metric.title, "unit": metric.unit.strip(), "digits": metric.digits,
            "lower_is_better": metric.lower_is_better,
            "mean": told.mean, "low": told.low, "high": told.high,
            "wins": wins, "ties": ties, "losses": losses,
            "p": p, "p_holm": p_holm,
            "n_classes": len(found), "n_seeds": len({seed for of_class in found.values() for seed in of_class}),
            "told_apart": _is_told(told, metric), "worth_telling": metric.worth_telling, "seeds_to_tell": needed,
            "sentence": sentence(a, b, metric, told, found, (wins, losses), needed),
            "differences": {label: {str(seed): value for seed, value in found[label].items()} for label in found},
        }  # fmt: skip
    return compared


def _is_told(told: Interval, metric: Metric) -> bool:
    """Whether there is a difference; one that would not show in the decimals is none, however sure it is."""
    return told.excludes_zero and abs(told.mean) >= metric.tie


def sentence(
    a: str,
    b: str,
    metric: Metric,
    told: Interval,
    differences: Differences,
    wins: tuple[int, int],
    needed: int | None,
) -> str:
    """What a comparison says, in plain words.

    Args:
        a: Name of a side.
        b: Name of the other.
        metric: What is compared.
        told: Of ``a`` minus ``b``.
        differences: What it is of.
        wins: On how many classes ``a`` and ``b`` are better.
        needed: :func:`seeds_to_tell`.
    """
    only = f"; this is class {next(iter(differences))} alone, classes cannot be told" if len(differences) == 1 else ""
    n_runs, n_classes = sum(map(len, differences.values())), len(differences)
    if n_runs > 1 and _are_the_same(told, metric, wins):
        return f"the same on {n_classes} of {n_classes} classes, to the decimals that are shown"
    if told.low is None or told.high is None:
        alike = f"{n_runs} differences" if n_classes == 1 else f"means of {n_classes} classes"
        few = "one class and one seed" if n_runs == 1 else f"{alike} that are the same"
        return f"nothing can be told from {few}: {metric.text(told.mean)}{metric.unit}"
    if not _is_told(told, metric):
        between = f"[{metric.text(told.low)}, {metric.text(told.high)}]{metric.unit}"
        return f"no difference can be told: {between}{_advice(metric, differences, needed)}{only}"
    a_is_better = (told.mean > 0) != metric.lower_is_better
    low, high = sorted(map(abs, (told.low, told.high)))
    by = f"{metric.text(abs(told.mean))}{metric.unit} [{metric.text(low)}, {metric.text(high)}]"
    on = f", on {wins[0 if a_is_better else 1]} of {len(differences)} classes" if len(differences) > 1 else ""
    return f"{a if a_is_better else b} is better by {by}{on}{only}"


def _are_the_same(told: Interval, metric: Metric, wins: tuple[int, int]) -> bool:
    """Whether neither a class nor an end of the interval differs in the decimals that are shown."""
    return wins == (0, 0) and all(abs(end or 0.0) < metric.tie for end in (told.mean, told.low, told.high))


def _advice(metric: Metric, differences: Differences, needed: int | None) -> str:
    size = f"{metric.worth_telling:g}{metric.unit}"
    if needed is not None:
        return f"; {size} would be told with {needed} seeds"
    if all(len(of_class) == 1 for of_class in differences.values()):
        return ""  # The pages say once that one seed cannot say how many would.
    return f"; no number of seeds would tell {size}, only more classes"
