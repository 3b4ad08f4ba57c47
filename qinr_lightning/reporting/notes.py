"""What stands under every table: images, N, features, seeds, epochs, commits and versions behind some runs."""

from collections.abc import Sequence

from qinr_lightning.reporting.basis import features, hexadecimal, numbers_of_samples
from qinr_lightning.reporting.collect import Run

REFERENCES = {"train": "training", "test": "test", "train_all": "training (all of the class)"}
"""What samples are compared with, in words."""


def describe(runs: Sequence[Run]) -> str:
    """The data in words, stand-ins by their own name."""
    return " and ".join(sorted({str(run.facts["images"]) for run in runs}))


def notes(runs: Sequence[Run], spread: str = "the standard deviation over seeds") -> list[str]:
    """N, features, seeds, epochs, commits and versions behind some runs, and what a gap is.

    Args:
        runs: Behind a table.
        spread: What it shows behind ±.
    """
    seeds = sorted({run.seed for run in runs})
    epochs = _by_model(runs, "epochs")
    versions = sorted({f"{name} {value}" for run in runs for name, value in run.facts["versions"].items()})
    notes = [
        f"Train subset: {_range(runs, 'train/n')} images of each class; test split: {_range(runs, 'test/n')}. "
        f"{'Seed' if len(seeds) == 1 else 'Seeds'} {', '.join(map(str, seeds))}; ± is {spread}; "
        f"epochs: {epochs}.",
        "The paper does not say which images its numbers are from. A dash is a run or a number that is missing.",
        f"Versions: {', '.join(versions)}.",
    ]
    return [*notes, *_of_samples(runs), *_of_features(runs)]


def _of_samples(runs: Sequence[Run]) -> list[str]:
    """N of all samples and of what they are compared with."""
    said = numbers_of_samples(run.metrics for run in runs)
    if not said:
        return []
    sampled = [run for run in runs if any(name.endswith("samples/n") for name in run.metrics)]
    images = [
        f"{text} {words}"
        for reference, words in REFERENCES.items()
        if (text := _range(sampled, f"{reference}/n_reference"))
    ]
    held_out = [text for reference in REFERENCES if (text := _range(sampled, f"{reference}/real/n"))]
    parts = [
        f"Samples: N = {said}{f' against {_listed(images)} images' if images else ''}",
        *([f"held-out real images: N = {_listed(held_out)}"] if held_out else []),
    ]
    return [
        f"{'; '.join(parts)}. A Frechet distance is biased upward at small N and compares only at the same N and with "
        "the same features."
    ]


def _of_features(runs: Sequence[Run]) -> list[str]:
    """Whose features numbers are of, whatever they are of."""
    lines = []
    for name, facts in features(run.metrics for run in runs).items():
        who = "the classifier of this data set" if name == "classifier" else name
        hashes, weights = (", ".join(map(str, map(hexadecimal, facts[kind]))) for kind in ("hash", "weights"))
        weights = f", weights {weights}" if weights else ""  # Runs of earlier versions do not state them.
        accuracies = facts["accuracy"]
        accuracy = f", test accuracy {_from_to(accuracies)}" if accuracies else ""
        others = ", nor do those of another hash" if len(facts["hash"]) > 1 else ""
        others = f"; they do not compare with Inception's{others}" if name == "classifier" else others
        lines.append(f"Features of {who} (hash {hashes}{weights}){accuracy}{others}.")
    return lines


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _range(runs: Sequence[Run], key: str) -> str:
    return _from_to(sorted({run.metrics[key] for run in runs if key in run.metrics}))


def _from_to(values: Sequence[float]) -> str:
    """The first and the last, or the only one; empty for none."""
    return " to ".join(dict.fromkeys(f"{value:g}" for value in (*values[:1], *values[-1:])))


def _by_model(runs: Sequence[Run], key: str) -> str:
    systems = sorted({run.system for run in runs})
    return ", ".join(f"{system} {_range([run for run in runs if run.system == system], key)}" for system in systems)
