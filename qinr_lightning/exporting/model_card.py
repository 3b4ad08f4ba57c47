"""The model card: what a model is, what it was trained on, how well it does, and what it cannot do."""

from collections.abc import Iterator
from pathlib import Path

from qinr_lightning.reporting import Run
from qinr_lightning.reporting.summary import LABELS, SPLITS
from qinr_lightning.runs import PLACES

WHAT = {
    "": "reconstructions",
    "samples": "samples",
    "real": "held-out real images",
    "mean_image": "the mean image, repeated",
    "superresolution": "reconstructions, at the images' own size",
}
"""What a number is of, by the part of its name behind the split."""


def model_card(run: Run) -> str:
    """The card of a finished run, in Markdown with the Hub's metadata in front."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, undefined=StrictUndefined,
    )  # Markdown, not HTML: nothing to escape.  # fmt: skip
    template = environment.get_template("model_card.md.j2")
    # Where the files were on this machine is nobody's business.
    changed = {
        name: value
        for name, value in run.changed.items()
        if not name.startswith("paths.") and name.rpartition(".")[2] not in PLACES
    }
    rows = list(_rows(run.metrics))
    return template.render(run=run, metrics=run.metrics, facts=run.facts, changed=changed, rows=rows)


def _rows(metrics: dict[str, float]) -> Iterator[tuple[str, str, str]]:
    """What was measured, on which images, and the numbers, of every metric that a split is part of the name of."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, value in metrics.items():
        *place, metric = name.split("/")
        split = next((part for part in place if part in SPLITS), None)
        if split is None or metric not in LABELS:
            continue
        label, digits = LABELS[metric]
        before, after = place[: place.index(split)], place[place.index(split) + 1 :]
        row = "/".join(before), split, "/".join(after)
        found.setdefault(row, []).append(f"{label} {value:.{digits}f}")
    for (condition, split, what), values in found.items():
        kind, _, features = what.partition("/")
        named = WHAT.get(kind, kind.replace("pca_", "PCA, components: ")) + (
            f", features: {features}" if features else ""
        )
        n = metrics.get(f"{split}/n", 0)
        images = f"{SPLITS[split]} (N = {n:.0f})"
        yield f"{named} [{condition}]" if condition else named, images, ", ".join(values)
