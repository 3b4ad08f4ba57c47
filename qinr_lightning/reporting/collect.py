"""Read the runs that a report is made of."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from qinr_lightning.paper import classical_decoder, system_name
from qinr_lightning.reporting.progress import counted
from qinr_lightning.reporting.summary import extractors
from qinr_lightning.runs import (
    FACTS,
    HISTORY,
    METRICS,
    RUN,
    check_results,
    check_same_run,
    find_runs,
    read_examples,
    read_history,
    read_json,
    read_status,
)

# A name for people: it lands in headings and file names.
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class _Choices(BaseModel):
    dataset: Text
    model: Text


class _Facts(BaseModel):
    """What run.json holds at least."""

    dataset: Text
    images: Text
    label: Text
    choices: _Choices
    changed: dict[str, Any]
    versions: dict[str, Text]
    files: dict[str, list[str]] = {}


ChangedBy = Callable[[str, str, str], dict[str, Any] | None]
"""From an experiment, a data set and a model to the settings that it changes there."""
_METRICS = TypeAdapter(dict[str, float])
_NEEDED = {"seed", "train/n", "test/n", "epochs", "dataset/label"}


@dataclass(frozen=True)
class Run:
    """What a finished run has written down."""

    folder: Path
    metrics: dict[str, float]
    """metrics.json."""
    facts: dict[str, Any]
    """run.json."""
    experiment: str | None = None
    """The experiment that has all of the changed settings, and nothing else."""
    side: str | None = None
    """The side of a comparison that it was trained for, by its name there."""

    @property
    def dataset(self) -> str:
        return str(self.facts["dataset"])

    @property
    def label(self) -> str:
        return str(self.facts["label"])

    @property
    def system(self) -> str:
        """The model by its name in the paper and, where it has several, its recipe."""
        return system_name(self.facts["choices"])

    @property
    def model(self) -> str:
        """The system without its recipe."""
        return self.system.partition(" (")[0]

    @property
    def classical_decoder(self) -> str | None:
        """What stands in place of the QINR decoder or its circuit; None for these."""
        return classical_decoder(self.facts["choices"])

    @property
    def seed(self) -> int:
        return int(self.metrics["seed"])

    @property
    def changed(self) -> dict[str, Any]:
        """Settings that are not those of its data set and model."""
        return dict(self.facts["changed"])

    @property
    def settings(self) -> dict[str, str]:
        """The changed settings as text, but for what is part of the system's name."""
        named = {"recipe", *(["decoder"] if self.classical_decoder == "classical" else [])}
        return {name: _short(name, value) for name, value in self.changed.items() if name not in named}

    @property
    def variant(self) -> str:
        """The same in words, or the experiment that has them; empty for the paper's."""
        if self.experiment is not None:
            return f"experiment={self.experiment}"
        return ", ".join(f"{name}={value}" for name, value in self.settings.items())


def _short(name: str, value: Any) -> str:
    """As it would be typed, however it was: 7 and 7.0 are one number."""
    if isinstance(value, str):
        return value.rpartition(".")[2] if name.endswith("_target_") else value
    # The Trainer tells 1, a number of batches, from 1.0, their share.
    return json.dumps(value if name.startswith("trainer.") else _whole(value))


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


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


def usual(runs: Sequence[Run]) -> list[Run]:
    """Runs of one class each with the settings that data set and model come with: those that the tables may show."""
    return [run for run in runs if not run.variant and run.label != "all"]


def extractors_of(runs: Iterable[Run]) -> list[str]:
    """Names of the feature extractors that some runs were measured with."""
    return sorted({extractor for run in runs for extractor in extractors(run.metrics)})


def collect(folders: Iterable[str | Path], changed_by: ChangedBy | None = None) -> Collection:
    """Read every run in some folders; of runs that repeat each other, class and seed included, the last one counts.

    Args:
        folders: With runs in them.
        changed_by: What an experiment changes on a data set, in a model; runs with just that are called by its name.

    Raises:
        SettingError: For a folder without any run.
    """
    runs: dict[tuple[str, ...], Run] = {}
    problems = []
    for folder in counted([folder for place in folders for folder in find_runs(place, setting="runs")], "runs read"):
        run = run_or_problem(folder)
        if isinstance(run, Problem):
            problems.append(run)
            continue
        key = (run.dataset, run.system, run.label, str(run.seed), run.variant)
        if key in runs and not run.folder.samefile(runs[key].folder):
            problems.append(Problem(runs[key].folder, f"repeated by {folder}, which counts"))
        runs[key] = run
    found = list(runs.values())
    return Collection(found if changed_by is None else _named(found, changed_by), problems)


def _named(runs: Sequence[Run], changed_by: ChangedBy) -> list[Run]:
    """Runs with the names of the experiments whose settings they have."""
    experiments = sorted({choice for run in runs if (choice := run.facts["choices"].get("experiment"))})
    names: dict[tuple[str, str], dict[str, str]] = {}
    for dataset, model in {_kind(run) for run in runs}:
        changed = {name: changed_by(name, dataset, model) for name in reversed(experiments)}
        names[dataset, model] = {_typed(settings): name for name, settings in changed.items() if settings}
    return [replace(run, experiment=names[_kind(run)].get(_typed(run.changed))) for run in runs]


def _kind(run: Run) -> tuple[str, str]:
    return run.facts["choices"]["dataset"], run.facts["choices"]["model"]


def _typed(settings: Mapping[str, Any]) -> str:
    """Settings as they would be typed, in one order."""
    return " ".join(sorted(f"{name}={_short(name, value)}" for name, value in settings.items()))


def run_or_problem(folder: Path) -> Run | Problem:
    """The finished run in a folder, or why there is none that can be used."""
    status = read_status(folder)
    if status is not None and status.state == "failed":
        return Problem(folder, f"failed: {status.reason}")
    try:
        metrics, facts = read_json(folder / METRICS), read_json(folder / FACTS)
        _METRICS.validate_python(metrics, strict=True)
        for name, value in metrics.items():
            # Images that are equal have an infinite PSNR.
            if not (math.isfinite(value) or (value == math.inf and name.endswith("/psnr"))):
                raise ValueError(f"{METRICS}: {name} is {value}")
        if not metrics.keys() >= _NEEDED:
            raise ValueError(f"{METRICS} lacks {', '.join(sorted(_NEEDED - metrics.keys()))}")
        _Facts.model_validate(facts, strict=True)
        check_same_run(folder, FACTS, facts.get(RUN))
        check_results(folder)
        # What the figures are drawn from; they read it when its turn has come.
        read_history(folder / HISTORY)
        read_examples(folder)
        return Run(folder, metrics, _in_present_words(facts))
    except FileNotFoundError as error:
        state = "" if status is None else f", its status is {status.state}"
        return Problem(folder, f"not finished: there is no {Path(error.filename).name}{state}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return Problem(folder, f"{METRICS} or {FACTS} cannot be read ({where}: {first['msg']})")
    except (OSError, ValueError, KeyError) as error:
        return Problem(folder, f"cannot be read ({error})")


def _in_present_words(facts: dict[str, Any]) -> dict[str, Any]:
    """A run.json as it is written today: VAEs without a circuit were a model of their own once."""
    if facts["choices"]["model"] != "vae_classical":
        return facts
    decoder = facts["choices"]["decoder"]
    chosen = {"decoder": "classical"} if decoder == "classical" else {"circuit": decoder}
    others = {name: value for name, value in facts["changed"].items() if name != "decoder"}
    choices = {**facts["choices"], "model": "vae", "decoder": "dense", **chosen}
    return {**facts, "choices": choices, "changed": {**chosen, **others}}
