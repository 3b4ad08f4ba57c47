"""A run folder: what its files are called, how they are written and read, and where there are some."""

import csv
import io
import json
import platform
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Collection, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.whole import write_whole

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = Path(".hydra/config.yaml")
"""The composed configuration; a folder that has it is a run folder."""
PLACES = ("root", "download", "split")
"""Settings of a data set in it that say where the same images are."""
SHOWN_ONLY = (
    "checkpoint", "checkpoint_on_signal", "circuit_histograms", "image_grids", "parameters", "progress", "threads",
)  # fmt: skip
"""Callbacks in it that change nothing about a training."""
OVERRIDES, HYDRA = Path(".hydra/overrides.yaml"), Path(".hydra/hydra.yaml")
"""What was typed, and Hydra's own configuration."""
LOCK = Path(".hydra/lock")
"""Held by the process that is at work in the folder."""
CHECKPOINT = Path("checkpoints/last.ckpt")
"""Where an interrupted run goes on."""
MODEL = "model.safetensors"
"""A model that is handed on without its run, in a folder of its own."""
HISTORY = "metrics.csv"
"""One row an epoch."""
METRICS = "metrics.json"
"""What was measured when training had ended, and by ``evaluate`` since."""
FACTS = "run.json"
"""What was trained: data, model, choices, changed settings, versions."""
EXAMPLES = "examples.npz"
"""The images behind the pictures, for whoever draws others."""
RUN = "run_id"
"""Under this name run.json and status.json say which run they are of."""
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
DEVICE_RESULTS = "device_results.json"
"""What devices have measured, so that it is not paid for twice."""
HARDWARE, HARDWARE_PICTURE = "hardware.json", "hardware.png"
"""Reconstructions with shots and under noise, also of all runs in the folder that holds them."""
ANALYSIS = "analysis.json"
"""What ``analyze`` has found."""
SPECTRUM, FOURIER, CIRCUIT = "analysis_spectrum.png", "analysis_fourier.png", "analysis_circuit.png"
"""Its pictures."""


Images = NDArray[np.float32]
"""In [0, 1], ``(n, channels, height, width)``."""
LARGEST = 2**26
"""Bytes of the largest file that is read of a run folder, beside checkpoints."""


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


def the_run(folder: str | Path, setting: str = "run") -> Path:
    """The run folder that is meant: the folder itself, or the only one in it.

    Raises:
        SettingError: Naming ``setting``, when there is none or there are several.
    """
    runs = find_runs(folder, setting)
    if len(runs) > 1:
        raise SettingError(setting, folder, f"holds {len(runs)} runs; this takes one, such as {runs[0]}")
    return runs[0]


def _natural(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in path.parts]


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
    _check_size(path)
    try:
        content = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is no JSON ({error})") from error
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
    """Rows of a metrics.csv; empty where there is no file. A value that an epoch does not have is left out.

    Raises:
        ValueError: When it holds something else.
    """
    if not path.exists():
        return []
    _check_size(path)
    with path.open(newline="") as file:
        try:
            rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
        except (csv.Error, TypeError, ValueError) as error:
            raise ValueError(f"{path.name} is no table of numbers ({error})") from error
    if not all("epoch" in row for row in rows):
        raise ValueError(f"{path.name} has a row without an epoch")
    return rows


def as_npz(examples: "Mapping[str, Tensor]") -> bytes:
    """The bytes of a file with images in [0, 1], ``(n, channels, height, width)``, as grey levels 0..255 by name."""
    levels = {name: (np.asarray(images) * 255).round().astype(np.uint8) for name, images in examples.items()}
    file = io.BytesIO()
    np.savez_compressed(file, **levels)  # type: ignore[arg-type]
    return file.getvalue()


def read_examples(folder: Path) -> dict[str, Images]:
    """The images of a run folder in [0, 1], ``(n, channels, height, width)``; empty where there are none.

    Raises:
        ValueError: When the file holds something else.
    """
    path = folder / EXAMPLES
    if not path.exists():
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ValueError("unpacked it is too large")
        with np.load(path) as levels:
            found = {name: levels[name] for name in levels.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ValueError(f"{EXAMPLES} cannot be read ({error})") from error
    for name, array in found.items():
        if array.dtype != np.uint8 or array.ndim != 4 or array.shape[1] not in (1, 3) or 0 in array.shape:
            raise ValueError(f"{EXAMPLES}: {name} holds no images")
    return {name: array.astype(np.float32) / 255 for name, array in found.items()}


def _check_size(path: Path) -> None:
    """Look at what may be a pipe or a stranger's gigabytes before reading it.

    Raises:
        FileNotFoundError: Where there is no such file.
        ValueError: For what is no ordinary file, or a larger one than a run ever writes.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is no file")
    if status.st_size > LARGEST:
        raise ValueError(f"{path.name} has {status.st_size / 2**20:.0f} MiB, more than a run writes")


def versions() -> dict[str, str]:
    """Versions that a number depends on; in a checkout also the commit, with a + where files were changed since.

    Raises:
        SettingError: As :func:`installed_versions`.
    """
    commit = _commit()
    return {"python": platform.python_version(), **installed_versions(), **({"commit": commit} if commit else {})}


def installed_versions() -> dict[str, str]:
    """Versions of this package and of those that compute.

    Raises:
        SettingError: Where one was not installed, as this package in a checkout that is only on PYTHONPATH.
    """
    packages = ("qinr-lightning", "torch", "lightning", "pennylane", "torchmetrics")
    try:
        return {name: version(name) for name in packages}
    except PackageNotFoundError as error:
        raise SettingError(error.name, None, f"is not installed in {sys.prefix}, and a run records its version; "
                           "pip install -e . in the checkout installs it") from error  # fmt: skip


def _commit() -> str | None:
    checkout = Path(__file__).parents[2]
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
