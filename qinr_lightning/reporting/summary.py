"""The tables that end a run, and what metrics are called in all tables."""

import re
from collections.abc import Iterable, Mapping

from rich.table import Table

SPLITS = {"train": "train subset", "test": "test split"}
"""What the numbers of a split are called."""
LABELS = {
    "psnr": ("PSNR (dB)", 2),
    "ssim": ("SSIM", 3),
    "cosine": ("cosine similarity", 3),
    "nearest": ("nearest image", 3),
    "pairwise_distance": ("pairwise distance", 2),
    "vendi_score": ("Vendi score", 1),
    "frechet": ("Frechet distance", 2),
    "kid": ("KID", 3),
    "kid_sd": ("sd of KID", 3),
    "precision": ("precision", 3),
    "recall": ("recall", 3),
    "density": ("density", 3),
    "coverage": ("coverage", 3),
}
"""Label and digits of a metric."""
QUALITY = ("psnr", "ssim", "cosine")
"""Metrics of images and their targets: those of reconstructions."""


def summary_tables(metrics: Mapping[str, float]) -> list[Table]:
    """Reconstruction on both splits and, of a generative model, samples beside real images, whatever there is."""
    tables = []
    if "train/psnr" in metrics:
        columns = {f"{name} (N={metrics[f'{split}/n']:.0f})": split for split, name in SPLITS.items()}
        tables.append(_table("Reconstruction", columns, metrics))
    for split, name in SPLITS.items():
        if f"{split}/samples/n" in metrics:
            columns = {
                f"{label} (N={metrics[f'{split}/{key}/n']:.0f})": f"{split}/{key}"
                for key, label in (("samples", "samples"), ("real", "held-out images"), ("mean_image", "mean image"))
            }
            title = f"Samples against the {name}"
            tables.append(_table(title, columns, metrics))
            for extractor in extractors(metrics):
                tables.append(_table(f"{title}, features: {extractor}", columns, metrics, f"{extractor}/"))
    return tables


def _table(title: str, columns: Mapping[str, str], metrics: Mapping[str, float], extractor: str = "") -> Table:
    table = Table("", title=title, title_justify="left")
    for heading in columns:
        table.add_column(heading, justify="right")
    for key, (label, digits) in LABELS.items():
        values = [metrics.get(f"{place}/{extractor}{key}") for place in columns.values()]
        if any(value is not None for value in values):
            table.add_row(label, *("" if value is None else f"{value:.{digits}f}" for value in values))
    return table


def extractors(metrics: Iterable[str]) -> list[str]:
    """Names of the feature extractors that metrics of these names were computed with."""
    # Under noise or of a sampler there is a label in front; the same are there without it.
    return sorted({found[1] for name in metrics if (found := re.fullmatch(r"[^/]+/samples/([^/]+)/frechet", name))})
