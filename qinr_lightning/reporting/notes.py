"""What stands under every table: the images, N, seeds, epochs, commits and versions behind some runs."""

from collections.abc import Sequence

from qinr_lightning.reporting.collect import Run


def describe(runs: Sequence[Run]) -> str:
    """The data in words, stand-ins by their own name."""
    return " and ".join(sorted({str(run.facts["images"]) for run in runs}))


def notes(runs: Sequence[Run], spread: str = "the standard deviation over seeds") -> list[str]:
    """N, seeds, epochs, commits and versions behind some runs, and what a gap is.

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
    if sampled := [run for run in runs if "train/samples/n" in run.metrics]:
        notes.append(
            f"Samples: N = {_range(sampled, 'train/samples/n')} against {_range(sampled, 'train/n_reference')} "
            f"training and {_range(sampled, 'test/n_reference')} test images; held-out real images: N = "
            f"{_range(sampled, 'train/real/n')} and {_range(sampled, 'test/real/n')}. A Frechet distance is biased "
            "upward at small N and compares only at the same N and with the same features."
        )
    if classified := [run for run in runs if "classifier/accuracy" in run.metrics]:
        # Runs of earlier versions do not state the weights.
        weights = f", weights {found}" if (found := _digests(classified, "classifier/weights")) else ""
        notes.append(
            f"Features of the classifier of this data set (hash {_digests(classified, 'classifier/hash')}{weights}), "
            f"test accuracy {_range(classified, 'classifier/accuracy')}; they do not compare with Inception's."
        )
    return notes


def _range(runs: Sequence[Run], key: str) -> str:
    values = sorted({run.metrics[key] for run in runs if key in run.metrics})
    texts = [f"{value:g}" for value in values]
    return "none" if not texts else texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _digests(runs: Sequence[Run], key: str) -> str:
    return ", ".join(sorted({f"{int(run.metrics[key]):012x}" for run in runs if key in run.metrics}))


def _by_model(runs: Sequence[Run], key: str) -> str:
    systems = sorted({run.system for run in runs})
    return ", ".join(f"{system} {_range([run for run in runs if run.system == system], key)}" for system in systems)
