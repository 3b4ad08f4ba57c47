"""A run folder: what its files are called, how they are written and read, and where there are some."""

import csv
import io
import json
import platform
import subprocess
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.whole import whole, write_whole

CONFIG = Path(".hydra/config.yaml")
"""The composed configuration; a folder that has it is a run folder."""
OVERRIDES, HYDRA = Path(".hydra/overrides.yaml"), Path(".hydra/hydra.yaml")
"""What was typed, and Hydra's own configuration."""
LOCK = Path(".hydra/lock")
"""Held by the process that is at work in the folder."""
CHECKPOINT = Path("checkpoints/last.ckpt")
"""Where an interrupted run goes on."""
HISTORY = "metrics.csv"
"""One row an epoch."""
METRICS = "metrics.json"
"""What was measured when training had ended, and by ``evaluate`` since."""
FACTS = "run.json"
"""What was trained: data, model, choices, changed settings, versions."""
EXAMPLES = "examples.npz"
"""The images behind the pictures, for whoever draws others."""
RUN = "run_id"
"""Under this name run.json, status.json and metrics.json say which run they are of."""
STATUS = "status.json"
"""How far the run has come."""
TRACEBACK = "error.txt"
"""Of a failed run."""
OUTPUT = "output.txt"
"""What a job prints that shares its terminal with others."""
LOG = "train.log"
"""What the run has said, with the time."""
LOSSES, RECONSTRUCTIONS, SAMPLES, NEAREST = "losses.png", "reconstructions.png", "samples.png", "nearest.png"
"""Pictures: the history, examples, and samples beside the training images that are nearest to them."""


def find_runs(folder: str | Path, setting: str = "run") -> list[Path]:
    """Run folders: the folder itself, or those in it at any depth, in the order of their names, numbers as numbers.

    Raises:
        SettingError: Naming ``setting``, when there is none.
    """
    place = Path(folder)
    if (place / CONFIG).is_file():
        return [place]
    runs = sorted((path.parent.parent for path in place.glob(f"**/{CONFIG}")), key=_natural)
    if not runs:
        raise SettingError(setting, folder, f"must be a run folder, with {CONFIG}, or hold some")
    return runs


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in path.parts]


def finish_run(
    folder: Path,
    run: str | None,
    facts: Mapping[str, object],
    metrics: Mapping[str, float],
    examples: Mapping[str, Tensor],
) -> None:
    """Write down what has been trained, what was measured and some images; the metrics last.

    Args:
        folder: The run folder.
        run: Name of the run, the same in all its files.
        facts: For run.json, which gets the versions that a number depends on, too.
        metrics: For metrics.json.
        examples: Images in [0, 1], ``(n, channels, height, width)``, by name.
    """
    write_examples(folder, examples)
    write_json(folder / FACTS, {**facts, RUN: run, "versions": versions()})
    write_metrics(folder, run, metrics)


def write_metrics(folder: Path, run: str | None, metrics: Mapping[str, float]) -> None:
    """Write metrics.json: numbers, and which run they are of."""
    write_json(folder / METRICS, {**metrics, **({} if run is None else {RUN: run})})


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a JSON file whole or not at all."""
    write_whole(path, as_json(content))


def as_json(content: Mapping[str, object]) -> bytes:
    """The bytes of a JSON file."""
    return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def read_json(path: Path) -> dict[str, Any]:
    """Read what :func:`write_json` has written.

    Raises:
        OSError: When there is no such file.
        ValueError: When it does not hold a JSON object.
    """
    content = json.loads(path.read_text())
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no object")
    return content


def write_history(path: Path, rows: Collection[Mapping[str, float]]) -> None:
    """Write rows of numbers as a metrics.csv whose columns begin with the epoch; a row need not have every column."""
    columns = dict.fromkeys(["epoch", *(column for row in rows for column in row)])
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, fieldnames=list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, file.getvalue().encode())


def read_history(path: Path) -> list[dict[str, float]]:
    """Rows of a metrics.csv; empty where there is no file. A value that an epoch does not have is left out."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{column: float(value) for column, value in row.items() if value} for row in csv.DictReader(file)]


def write_examples(folder: Path, examples: Mapping[str, Tensor]) -> None:
    """Write images in [0, 1], ``(n, channels, height, width)``, as grey levels 0..255 under their names."""
    levels = {name: (images * 255).round().to(torch.uint8).numpy() for name, images in examples.items()}
    with whole(folder / EXAMPLES) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **levels)  # type: ignore[arg-type]


def read_examples(folder: Path) -> dict[str, Tensor]:
    """The images of a run folder in [0, 1]; empty where there are none."""
    if not (folder / EXAMPLES).exists():
        return {}
    with np.load(folder / EXAMPLES) as levels:
        return {name: torch.from_numpy(levels[name]).float() / 255 for name in levels.files}


def versions() -> dict[str, str]:
    """Versions that a number depends on; in a checkout also the commit, with a + where files were changed since."""
    packages = ("qinr-lightning", "torch", "lightning", "pennylane", "torchmetrics")
    commit = _commit()
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        **({"commit": commit} if commit else {}),
    }


def _commit() -> str | None:
    checkout = Path(__file__).parents[2]
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
