"""Read the runs that a report is made of."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qinr_lightning.reporting.summary import extractors
from qinr_lightning.runs import FACTS, METRICS, find_runs, read_json, read_status

NAMES = {
    "ae": "QINR-AE",
    "vae": "QINR-VAE",
    "vae_classical": "classical VAE",
    "pqwgan": "PQWGAN",
    "anogan": "Quantum AnoGAN",
    "qinr_qgan": "QINR-QGAN",
}
"""Models as the paper calls them."""


def system_name(choices: Mapping[str, str]) -> str:
    """The model by its name in the paper and, where it has several, its recipe.

    Args:
        choices: What was chosen from each group of the configuration.
    """
    name, recipe = NAMES.get(choices["model"], choices["model"]), choices.get("recipe")
    return f"{name} ({recipe})" if recipe else name


@dataclass(frozen=True)
class Run:
    """What a finished run has written down."""

    folder: Path
    metrics: dict[str, float]
    """metrics.json."""
    facts: dict[str, Any]
    """run.json."""

    @property
    def dataset(self) -> str:
        return str(self.facts["dataset"])

    @property
    def label(self) -> str:
        return str(self.facts["label"])

    @property
    def model(self) -> str:
        """As in ``model=...``."""
        return str(self.facts["choices"]["model"])

    @property
    def readout(self) -> str:
        """As in ``readout=...``."""
        return str(self.facts["choices"].get("readout"))

    @property
    def system(self) -> str:
        """The model by its name in the paper and, where it has several, its recipe."""
        return system_name(self.facts["choices"])

    @property
    def seed(self) -> int:
        return int(self.metrics["seed"])

    @property
    def changed(self) -> dict[str, Any]:
        """Settings that are not those of its data set and model."""
        return dict(self.facts["changed"])

    @property
    def variant(self) -> str:
        """The changed settings in words; empty for the paper's. A recipe is part of the system's name."""
        return ", ".join(f"{name}={_short(value)}" for name, value in self.changed.items() if name != "recipe")


def _short(value: Any) -> str:
    return str(value).rpartition(".")[2] if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Problem:
    """A run that cannot be used."""

    folder: Path
    reason: str


@dataclass(frozen=True)
class Collection:
    """Everything that was found, in the order of the folders."""

    runs: list[Run]
    problems: list[Problem]


def extractors_of(runs: Iterable[Run]) -> list[str]:
    """Names of the feature extractors that some runs were measured with."""
    return sorted({extractor for run in runs for extractor in extractors(run.metrics)})


def collect(folders: Iterable[str | Path]) -> Collection:
    """Read every run in some folders; of runs that repeat each other, class and seed included, the last one counts.

    Raises:
        SettingError: For a folder without any run.
    """
    runs: dict[tuple[str, ...], Run] = {}
    problems = []
    for place in folders:
        for folder in find_runs(place, setting="runs"):
            run = _read_run(folder)
            if isinstance(run, Problem):
                problems.append(run)
                continue
            key = (run.dataset, run.system, run.label, str(run.seed), run.variant)
            if key in runs:
                problems.append(Problem(runs[key].folder, f"repeated by {folder}, which counts"))
            runs[key] = run
    return Collection(list(runs.values()), problems)


def _read_run(folder: Path) -> Run | Problem:
    status = read_status(folder)
    if status is not None and status.state == "failed":
        return Problem(folder, f"failed: {status.reason}")
    try:
        run = Run(folder, read_json(folder / METRICS), read_json(folder / FACTS))
        _ = run.dataset, run.label, run.model, run.seed, run.variant
    except FileNotFoundError as error:
        state = "" if status is None else f", its status is {status.state}"
        return Problem(folder, f"not finished: there is no {Path(error.filename).name}{state}")
    except (ValueError, TypeError, KeyError) as error:
        return Problem(folder, f"{METRICS} or {FACTS} cannot be read ({type(error).__name__}: {error})")
    return run
