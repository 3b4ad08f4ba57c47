"""The runs that a comparison needs: which are there already, which go on, and which are trained anew."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from qinr_lightning.comparison.sides import Side
from qinr_lightning.errors import SettingError, as_typed
from qinr_lightning.reporting import Run
from qinr_lightning.reporting.collect import Problem, run_or_problem
from qinr_lightning.runs import CHECKPOINT, CONFIG, find_runs, read_status, versions
from qinr_lightning.settings import first_difference, launch, quoted, recorded_identity

RUNS = "runs"
"""Folder of the runs in that of a comparison."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Needed:
    """A run that a comparison needs."""

    side: str
    label: str
    """Name of the class."""
    index: int
    """Of the class."""
    seed: int

    @property
    def place(self) -> Path:
        """In the folder of the runs."""
        return Path(self.side) / str(self.index) / str(self.seed)

    def __str__(self) -> str:
        return f"{self.side}, class {self.label}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """What there is of a run, and what is to be done for it."""

    action: Literal["keep", "go on", "train"]
    folder: Path
    """Where it is, or will be."""
    misfit: str | None = None
    """What about a run that is in its folder is not as it is needed."""


def needed_runs(sides: Iterable[Side], classes: Mapping[int, str], seeds: Sequence[int]) -> list[Needed]:
    """Every side on every class with every seed."""
    return [
        Needed(side.name, label, index, seed) for side in sides for index, label in classes.items() for seed in seeds
    ]


def make_plans(
    sides: Sequence[Side], needed: Iterable[Needed], out: Path, reuse: Iterable[str] = ()
) -> dict[Needed, Plan]:
    """Look what is there.

    Args:
        sides: Composed.
        needed: Runs of these sides.
        out: Folder of the comparison.
        reuse: Folders with runs of other commands.

    Raises:
        SettingError: When there is no run in one of them.
    """
    found = [(folder, _identity(folder)) for place in reuse for folder in find_runs(place, "reuse")]
    others = [
        (run, identity)
        for folder, identity in found
        if identity is not None and (run := read_run(folder)) is not None and _other_version(run) is None
    ]
    by_name = {side.name: side for side in sides}
    return {run: _plan(by_name[run.side], run, out / RUNS / run.place, others) for run in needed}


def _plan(side: Side, needed: Needed, folder: Path, others: Sequence[tuple[Run, dict[str, Any]]]) -> Plan:
    wanted = side.settings.identity(needed.seed)
    there, status = _identity(folder), read_status(folder)
    run = None if there is None else read_run(folder)
    misfit = f"has a {CONFIG} that cannot be read" if there is None and (folder / CONFIG).is_file() else None
    # What has failed is nothing to keep.
    is_something = there is not None and (status is None or status.state != "failed")
    if there is not None and is_something:
        misfit = _misfit(side, needed, run, there, wanted) or (None if run is None else _other_version(run))
        if misfit is None and run is not None:
            return Plan("keep", folder)
    for other, identity in others:
        if _misfit(side, needed, other, identity, wanted) is None:
            return Plan("keep", other.folder)
    if is_something and misfit is None and (folder / CHECKPOINT).is_file():
        return Plan("go on", folder)
    return Plan("train", folder, misfit)


def _identity(folder: Path) -> dict[str, Any] | None:
    """What the run in a folder is; None where there is none or it cannot be read."""
    try:
        return recorded_identity(folder) if (folder / CONFIG).is_file() else None
    except SettingError:
        return None


def _misfit(
    side: Side, needed: Needed, run: Run | None, there: Mapping[str, Any], wanted: Mapping[str, Any]
) -> str | None:
    """Which setting of a run is another; None where the run fits."""
    if run is not None:
        if run.metrics["dataset/label"] != needed.index:
            return f"is of class {run.label}, not {needed.label}"
        if not any(name.startswith("test/samples/") for name in run.metrics):
            # Reconstructions take no features.
            there = {**there, "extractor": wanted["extractor"]}
    difference = first_difference(there, wanted)
    if difference is None:
        return None
    path, was, now = difference
    return f"has {side.settings.origin(path)}={_shown(was)}, not {_shown(now)}"


def _shown(value: Any) -> str:
    return as_typed(value) if value is None or isinstance(value, str | int | float | list | dict) else "nothing"


def _other_version(run: Run) -> str | None:
    """Which version a run was made with is another one; the commit of a checkout does not count."""
    recorded = run.facts["versions"]
    for name, now in _present_versions().items():
        if name != "commit" and recorded.get(name) != now:
            return f"was made with {name} {recorded.get(name)}, not {now}"
    return None


@cache
def _present_versions() -> dict[str, str]:
    return versions()


def read_run(folder: Path) -> Run | None:
    """The run in a folder; None where it is not finished or cannot be read."""
    found = run_or_problem(folder)
    return found if isinstance(found, Run) else None


def check_fitting(plans: Mapping[Needed, Plan]) -> None:
    """Refuse to train anew what somebody has trained with other settings or versions.

    Raises:
        SettingError: Naming the first such run.
    """
    for plan in plans.values():
        if plan.misfit is not None:
            raise SettingError(
                "out", plan.folder, f"this run {plan.misfit}; name another folder, or overwrite=true trains it anew"
            )


def train_missing(
    task: Callable[[Any], Any],
    sides: Sequence[Side],
    plans: Mapping[Needed, Plan],
    out: Path,
    for_hydra: Sequence[str],
    name: str = "runs",
) -> None:
    """Train what is not there yet, all through one launcher.

    Args:
        task: The train command.
        sides: Composed.
        plans: What is to be done.
        out: Folder of the comparison.
        for_hydra: What was typed for Hydra.
        name: What the runs are called where progress is shown.
    """
    counts = [sum(plan.action == action for plan in plans.values()) for action in ("keep", "go on", "train")]
    log.info("%s: %d in all, %d are there, %d go on, %d are to be trained", name, len(plans), *counts)
    common = {side.name: side.settings.overrides for side in sides}
    jobs = {}
    for run, plan in plans.items():
        if plan.action != "keep":
            how = f"resume={quoted(str(plan.folder))}" if plan.action == "go on" else "overwrite=true"
            jobs[run.place] = [*common[run.side], f"dataset.label={quoted(run.label)}", f"seed={run.seed}", how]
    if not jobs:
        return
    try:
        launch(task, jobs, out / RUNS, for_hydra, name)
    except SystemExit:
        log.info("stopped; the same command goes on from here")
        raise


def why_missing(folder: Path) -> str:
    """Why there are no results in a folder after the runs."""
    status = read_status(folder)
    if status is None:
        return "did not start"
    if status.state == "failed":
        return str(status.reason)
    found = run_or_problem(folder)
    return found.reason if isinstance(found, Problem) else f"is {status.state}"
