"""What a comparison has found, as comparison.json has it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qinr_lightning.comparison.metrics import Metric, compared_metrics
from qinr_lightning.comparison.pairs import compare_pairs, compare_with_principal_components
from qinr_lightning.comparison.runs import Needed, Plan, read_run, why_missing
from qinr_lightning.comparison.sides import Setup, Side
from qinr_lightning.comparison.tuned import fairness, trials_of
from qinr_lightning.reporting import Run
from qinr_lightning.reporting.basis import features, hexadecimal, numbers_of_samples
from qinr_lightning.reporting.summary import extractors


def make_result(name: str, setup: Setup, plans: Mapping[Needed, Plan], out: Path) -> dict[str, Any]:
    """Read the runs and compare the sides pair by pair.

    Args:
        name: Of the comparison.
        setup: What is compared.
        plans: Where each run is, if it has been trained.
        out: Folder of the comparison; folders in it are named as seen from there.
    """
    sides = setup.sides
    found = {needed: run for needed, plan in plans.items() if (run := read_run(plan.folder)) is not None}
    numbers = {
        side.name: {
            (needed.label, needed.seed): run.metrics for needed, run in found.items() if needed.side == side.name
        }
        for side in sides
    }
    measured = {key for run in found.values() for key in run.metrics}
    metrics = compared_metrics(measured, extractors(measured))
    return {
        "name": name,
        "dataset": sides[0].settings.choices["dataset"],
        "model": ", ".join(dict.fromkeys(side.settings.choices["model"] for side in sides)),
        "labels": list(dict.fromkeys(needed.label for needed in plans)),
        "seeds": list(dict.fromkeys(needed.seed for needed in plans)),
        "overrides": setup.common,
        "versions": _versions(list(found.values())),
        "samples": samples([run.metrics for run in found.values()]),
        "sides": {side.name: _side(side, plans, found, metrics, out) for side in sides},
        "pairs": compare_pairs(numbers, metrics),
        "beside_principal_components": compare_with_principal_components(numbers, metrics),
        "fair": fairness(setup),
    }


def samples(runs: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """N of the samples against the test split; hashes of the extractors and of their weights."""
    facts = features(runs)
    hashes, weights = (
        {name: [hexadecimal(value) for value in of[kind]] for name, of in facts.items()} for kind in ("hash", "weights")
    )
    return {"n": numbers_of_samples(runs, "test"), "features": hashes, "weights": weights}


def _side(
    side: Side, plans: Mapping[Needed, Plan], found: Mapping[Needed, Run], compared: Sequence[Metric], out: Path
) -> dict[str, Any]:
    runs = {needed: run for needed, run in found.items() if needed.side == side.name}
    metrics = [run.metrics for run in runs.values()]
    means = {metric.key: _mean_of(metrics, metric.key) for metric in compared}
    return {
        "overrides": side.own,
        "parameters": {group: _same(metrics, f"parameters/{group}") for group in ("quantum", "classical", "decoder")},
        "epochs": _same(metrics, "epochs"),
        "fit_seconds": _mean_of(metrics, "time/fit_seconds"),
        "tuning": side.tuning,
        "tuned": side.tuned,
        "trials": trials_of(side),
        "means": {key: mean for key, mean in means.items() if mean is not None},
        "runs": [
            {"label": needed.label, "seed": needed.seed, "folder": _seen_from(out, run.folder)}
            for needed, run in runs.items()
        ],
        "missing": [
            {"label": needed.label, "seed": needed.seed, "reason": why_missing(plan.folder)}
            for needed, plan in plans.items()
            if needed.side == side.name and needed not in found
        ],
    }


def _same(metrics: Sequence[Mapping[str, float]], key: str) -> float | None:
    """The number that all runs have, or their mean."""
    values = {numbers[key] for numbers in metrics if key in numbers}
    return values.pop() if len(values) == 1 else _mean_of(metrics, key)


def _mean_of(metrics: Sequence[Mapping[str, float]], key: str) -> float | None:
    """Over the runs that have it; None where none has."""
    values = [numbers[key] for numbers in metrics if key in numbers]
    return sum(values) / len(values) if values else None


def _seen_from(out: Path, folder: Path) -> str:
    return str(folder.relative_to(out)) if folder.is_relative_to(out) else str(folder)


def _versions(runs: Sequence[Run]) -> dict[str, str]:
    names = dict.fromkeys(name for run in runs for name in run.facts["versions"])
    return {
        name: ", ".join(sorted({run.facts["versions"][name] for run in runs if name in run.facts["versions"]}))
        for name in names
    }
