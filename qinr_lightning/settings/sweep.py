"""The jobs of a multirun: which there are, how far they have come, how to repeat one, and which have failed."""

import math
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import takewhile
from pathlib import Path
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, ListConfig, OmegaConf

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import SweepProgress, read_status, read_statuses
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.resuming import of_the_run

_OF_THE_SWEEP = ("hydra.mode", "hydra.run.dir", "hydra.sweep.", "hydra.launcher", "hydra.sweeper", "hydra/launcher",
                 "hydra/sweeper")  # fmt: skip
"""Overrides that say how the jobs are run rather than what they do."""

current_sweep: ContextVar[Path | None] = ContextVar("current_sweep", default=None)
"""Folder of the sweep that this process is running."""
planned_jobs: ContextVar[dict[Path, list[str]]] = ContextVar("planned_jobs", default={})  # noqa: B039  (never changed)
"""Its jobs, by their folder; empty where a sweeper makes them up as it goes."""
_shown: ContextVar[SweepProgress | None] = ContextVar("shown", default=None)


MOST_JOBS = 10_000
"""More would take hours to be checked alone."""


def typed_settings(config: DictConfig) -> list[str]:
    """What was typed for the command itself, as it was typed: ``${seed}`` means the job's."""
    return _as_typed(config.hydra.overrides.task)


def typed_for_hydra(config: DictConfig) -> list[str]:
    """What was typed for Hydra, ``hydra.run.dir=...``, as it was typed."""
    return _as_typed(config.hydra.overrides.hydra)


def _as_typed(overrides: ListConfig) -> list[str]:
    plain: Any = OmegaConf.to_container(overrides, resolve=False)
    return list(plain)


def jobs_of_sweep(config: DictConfig) -> list[list[str]] | None:
    """Overrides of each job that Hydra's basic sweeper makes of a multirun; None for other sweepers."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    if "BasicSweeper" not in config.hydra.sweeper._target_:
        return None
    _check_number(_overrides(config))
    return [job for batch in BasicSweeper.split_arguments(_overrides(config), None) for job in batch]


def settings_of_all_jobs(config: DictConfig) -> list[str]:
    """Overrides that do not change from job to job."""
    overrides = [override for override in _overrides(config) if not override.is_sweep_override()]
    return [f"{override.get_key_element()}={override.get_value_element_as_str()}" for override in overrides]


def _overrides(config: DictConfig) -> list[Override]:
    from_config = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
    return OverridesParser.create(GlobalHydra.instance().config_loader()).parse_overrides(
        [*from_config, *typed_settings(config)]
    )


def _check_number(overrides: list[Override]) -> None:
    """Before they are made one by one."""
    n_jobs = 1.0
    for override in overrides:
        sweep: Any = override.value()
        if override.is_range_sweep():
            if not sweep.step or not all(map(math.isfinite, (sweep.start, sweep.stop, sweep.step))):
                raise _not_a_sweep(override, "a range needs an end and a step that leads there")
            n_jobs *= max(0, math.ceil((sweep.stop - sweep.start) / sweep.step))
        elif override.is_choice_sweep():
            n_jobs *= sum(1 for _ in override.sweep_string_iterator())
        elif override.is_sweep_override():
            raise _not_a_sweep(override, "a grid has no intervals; hydra/sweeper=optuna takes them")
        if n_jobs == 0:
            raise _not_a_sweep(override, "has no values")
        if n_jobs > MOST_JOBS:
            raise _not_a_sweep(override, f"makes a sweep of {n_jobs:.0f} jobs; at most {MOST_JOBS} are taken")


def _not_a_sweep(override: Override, reason: str) -> SettingError:
    return SettingError(override.get_key_element(), override.get_value_string(), reason)


class ShowProgress(Callback):
    """Hydra callback that prints a line whenever a job of a multirun has ended, wherever the launcher runs it."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        jobs = jobs_of_sweep(config)
        n_jobs = config.hydra.sweeper.get("n_trials") if jobs is None else len(jobs)
        progress = SweepProgress(Path(config.hydra.sweep.dir).absolute(), n_jobs)
        progress.start()
        _shown.set(progress)


@contextmanager
def ending_progress() -> Iterator[None]:
    """Print at the end of the block what has not been printed yet.

    Not a matter of the callback, as Hydra calls none at the end of a multirun with a failed job.
    """
    try:
        yield
    finally:
        progress = _shown.get()
        if progress is not None:
            progress.stop()
            _shown.set(None)


def command_of_job(command: str, folder: Path) -> list[str]:
    """What to type to run the present job again, from its beginning, alone and into the same folder."""
    hydra_config = HydraConfig.get()
    config = OmegaConf.create({"hydra": hydra_config})
    settings = [item for item in typed_for_hydra(config) if not item.lstrip("+~").startswith(_OF_THE_SWEEP)]
    own = [source.path for source in hydra_config.runtime.config_sources if source.provider == "command-line"]
    flags = [item for path in own for item in ("--config-dir", path)]
    name = str(hydra_config.job.config_name)
    return [
        "python", "-m", f"qinr_lightning.{command}", *flags, *([] if name == command else ["--config-name", name]),
        *of_the_run(typed_settings(config)), *settings, f"hydra.run.dir={quoted(str(folder))}", "overwrite=true",
    ]  # fmt: skip


def summary_of_failures(sweep: Path) -> str | None:
    """Which jobs of a sweep failed and why, and how to run one again; None where none failed."""
    jobs = read_statuses(sweep)
    failed = {folder: jobs[folder] for folder in sorted(jobs, key=_job_number) if jobs[folder].state == "failed"}
    if not failed:
        return None
    n_finished = sum(status.state == "finished" for status in jobs.values())
    lines = [f"{len(failed)} of {len(jobs)} jobs failed, {n_finished} finished; to run one again, alone:"]
    for folder, status in failed.items():
        lines += [f"  {folder}: {status.reason}", f"    {shlex.join(status.command)}"]
    return "\n".join(lines)


def report_failures() -> bool:
    """Print the summary of the sweep that this process has run; whether there was something to say."""
    folder = current_sweep.get()
    summary = None if folder is None else summary_of_failures(folder)
    if summary is not None:
        print(summary, file=sys.stderr)
    return summary is not None


def command_to_go_on(folder: Path) -> str:
    """What to type to go on with the run in a folder."""
    status = read_status(folder)
    flags = [] if status is None else list(takewhile(lambda item: "=" not in item, status.command[3:]))
    return shlex.join(["python", "-m", "qinr_lightning.train", *flags, f"resume={quoted(str(folder))}"])


def report_interruption(signal: str) -> bool:
    """Say which jobs of the sweep of this process can go on and which did not start; whether there is a sweep."""
    sweep, planned = current_sweep.get(), planned_jobs.get()
    if sweep is None:
        return False
    states = {folder: status.state for folder, status in read_statuses(sweep).items()}
    n_finished = sum(state == "finished" for state in states.values())
    print(f"{signal}: {n_finished} of {len(planned) or len(states)} jobs finished", file=sys.stderr)
    for folder in sorted({**states, **planned}, key=_job_number):
        if folder not in states:
            print(f"  {folder} did not start: {shlex.join(planned[folder])}", file=sys.stderr)
        elif states[folder] in ("interrupted", "running"):
            print(f"  {folder} can go on: {command_to_go_on(folder)}", file=sys.stderr)
    return True


def _job_number(folder: Path) -> list[tuple[int, str]]:
    return [(int(name), "") if name.isdecimal() else (sys.maxsize, name) for name in folder.parts]
