"""The numbers of a finished run: its JSON files and the table that ends a run."""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from rich.table import Table


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a JSON file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    partial.replace(path)


def versions() -> dict[str, str]:
    """Versions that a number depends on."""
    packages = ("qinr-lightning", "torch", "lightning", "pennylane", "torchmetrics")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def summary_table(metrics: Mapping[str, float]) -> Table:
    """Reconstruction quality of the train subset and the test split side by side."""
    table = Table("", title="Reconstruction", title_justify="left")
    splits = {"train": "train subset", "test": "test split"}
    for split, name in splits.items():
        table.add_column(f"{name} (N={metrics[f'{split}/n']:.0f})", justify="right")
    for key, label, digits in (("psnr", "PSNR (dB)", 2), ("ssim", "SSIM", 3), ("cosine", "cosine similarity", 3)):
        table.add_row(label, *(f"{metrics[f'{split}/{key}']:.{digits}f}" for split in splits))
    return table
