"""What a number of samples rests on: how many they are, against how many images, by whose features."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Numbers = Mapping[str, float]
"""metrics.json of a run."""

_NUMBER = re.compile(
    r"(?P<label>.+/)?(?P<reference>train|test|train_all)/(?:samples|real|mean_image)/(?:(?P<extractor>[^/]+)/)?[^/]+"
)
"""A metric that is compared with a reference, such as ``gmm/test/samples/classifier/frechet``."""
_FACT = re.compile(r"(?:.+/)?(?P<extractor>[^/]+)/(?P<kind>hash|weights|accuracy)")


class Basis(NamedTuple):
    """What a number rests on, as far as the run says it."""

    n: float | None
    """Samples."""
    n_reference: float | None
    """Real images that they are compared with."""
    features: float | None
    """Hash of the extractor; None for numbers of no features, and of an extractor that has none."""
    weights: float | None = None
    """Hash of its weights; None where an earlier version did not state it."""


def basis(metrics: Numbers, key: str) -> Basis | None:
    """What a metric of a run rests on; None where it is of no samples."""
    found = _NUMBER.fullmatch(key)
    if found is None:
        return None
    label, reference, extractor = found["label"] or "", found["reference"], found["extractor"]
    # Behind a label stand the samples alone; earlier versions gave it no facts of its own.
    facts = f"{label}{extractor}" if f"{label}{extractor}/hash" in metrics else str(extractor)
    references = (f"{reference}/n_reference", f"{reference}/n")
    return Basis(
        metrics.get(f"{label}{reference}/samples/n"),
        _first(metrics, references),
        metrics.get(f"{facts}/hash"),
        metrics.get(f"{facts}/weights"),
    )


def why_apart(a: Numbers, b: Numbers, key: str) -> str:
    """Why a metric of two runs does not compare, in words; empty where it does, or nothing is known against it."""
    of_a, of_b = basis(a, key), basis(b, key)
    if of_a is None or of_b is None:
        return ""
    words = ("{:g} and {:g} samples", "against {:g} and {:g} images", "features of {} and {}", "with weights {} and {}")
    values = [
        *zip(of_a[:2], of_b[:2], strict=True),
        *(tuple(map(hexadecimal, pair)) for pair in zip(of_a[2:], of_b[2:], strict=True)),
    ]
    differing = [
        said.format(*pair) for said, pair in zip(words, values, strict=True) if None not in pair and pair[0] != pair[1]
    ]
    return ", ".join(differing)


def hexadecimal(value: float | None) -> str | None:
    """A hash of 48 bits as it is written: 12 hexadecimal digits."""
    return None if value is None else f"{int(value):012x}"


def numbers_of_samples(several: Iterable[Numbers], reference: str = "[^/]+") -> str:
    """N of all samples of some runs, such as ``500``; where they differ ``500 (train), 40 (gmm/test)``.

    Args:
        several: metrics.json of each.
        reference: Which of them, as a regular expression.
    """
    places: dict[str, set[float]] = {}
    for metrics in several:
        for name, value in metrics.items():
            if found := re.fullmatch(rf"((?:.+/)?{reference})/samples/n", name):
                places.setdefault(found[1], set()).add(value)
    texts = {place: " or ".join(f"{n:g}" for n in sorted(values)) for place, values in sorted(places.items())}
    if len(set(texts.values())) < 2:
        return "".join(set(texts.values()))
    alike = {text: [place for place in texts if texts[place] == text] for text in texts.values()}
    return ", ".join(f"{text} ({', '.join(of_text)})" for text, of_text in alike.items())


def features(several: Iterable[Numbers]) -> dict[str, dict[str, list[float]]]:
    """Facts of every extractor that some runs state, whatever the label: hash, weights and accuracy, each once."""
    facts: dict[str, dict[str, set[float]]] = {}
    for metrics in several:
        for name, value in metrics.items():
            if found := _FACT.fullmatch(name):
                of_kind = facts.setdefault(found["extractor"], {"hash": set(), "weights": set(), "accuracy": set()})
                of_kind[found["kind"]].add(value)
    return {name: {kind: sorted(values) for kind, values in of.items()} for name, of in sorted(facts.items())}


def _first(metrics: Numbers, keys: Iterable[str]) -> float | None:
    return next((metrics[key] for key in keys if key in metrics), None)
