"""What a run was measured to be before, and what of it may stay beside numbers that are measured now."""

import re
from collections.abc import Mapping
from typing import get_args

from qinr_lightning.evaluation.samples import Reference

_REFERENCES = "|".join(get_args(Reference))
_OF = ("samples", "real", "mean_image")
"""What is compared with a reference."""


def beside_earlier(
    before: Mapping[str, float], measured: Mapping[str, float], label: str, extractor: str | None
) -> dict[str, float]:
    """All numbers of a run after another measurement, each of the samples and features that it is stated to be of.

    Dropped are earlier numbers of another number of samples against the same reference, and those of other features
    against any reference: the run states the facts of an extractor (its hash) once. Numbers with a label in front have
    facts of their own, which earlier versions did not write: where the facts change, they take the old ones with them.

    Args:
        before: What metrics.json holds.
        measured: What goes into it, with the label in front.
        label: What stands in front of the measured names; empty for nothing.
        extractor: Name of the extractor that they were measured with.
    """
    place = f"{label}/" if label else ""
    stale = [
        rf"{re.escape(name.removesuffix('samples/n'))}({'|'.join(_OF)})/.+"
        for name, n in measured.items()
        if name.endswith("/samples/n") and before.get(name, n) != n
    ]
    own = {name: value for name, value in measured.items() if name.startswith(f"{place}{extractor}/")}
    usual = {name: value for name, value in before.items() if name.startswith(f"{extractor}/")}
    stated = {f"{place}{name}": value for name, value in usual.items()} | {n: before[n] for n in own if n in before}
    kept = dict(before)
    if any(stated.get(name, value) != value for name, value in own.items()):
        stale.append(rf"{re.escape(place)}({_REFERENCES})/({'|'.join(_OF)})/{re.escape(str(extractor))}/.+")
        if not label:
            kept = {**_under_labels(before, usual, str(extractor)), **before}
    return {name: kept[name] for name in kept if not any(re.fullmatch(old, name) for old in stale)} | dict(measured)


def _under_labels(before: Mapping[str, float], facts: Mapping[str, float], extractor: str) -> dict[str, float]:
    """The facts of an extractor under every label that has numbers of its features."""
    found = (re.fullmatch(rf"(.+)/(?:{_REFERENCES})/samples/{re.escape(extractor)}/.+", name) for name in before)
    labels = {match[1] for match in found if match}
    return {f"{label}/{name}": value for label in labels for name, value in facts.items()}
