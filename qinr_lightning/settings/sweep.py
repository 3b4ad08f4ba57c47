"""The jobs of a multirun: how to repeat one, and what is said when some have failed."""

import shlex
import sys
from contextvars import ContextVar
from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from qinr_lightning.reporting import read_statuses

_OF_THE_SWEEP = ("hydra.mode", "hydra.run.dir", "hydra.sweep.", "hydra.launcher", "hydra.sweeper", "hydra/launcher",
                 "hydra/sweeper")  # fmt: skip
"""Overrides that say how the jobs are run rather than what they do."""

current_sweep: ContextVar[Path | None] = ContextVar("current_sweep", default=None)
"""Folder of the sweep that this process is running."""


def command_of_job(command: str, folder: Path) -> list[str]:
    """What to type to run the present job again, alone and into the same folder."""
    given = HydraConfig.get().overrides
    settings = [item for item in given.hydra if not item.lstrip("+~").startswith(_OF_THE_SWEEP)]
    return ["python", "-m", f"qinr_lightning.{command}", *given.task, *settings, f"hydra.run.dir={folder}"]


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


def _job_number(folder: Path) -> tuple[int, str]:
    name = folder.name
    return (int(name), "") if name.isdigit() else (sys.maxsize, name)
