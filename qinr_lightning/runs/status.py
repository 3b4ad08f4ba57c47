"""status.json: how far a run and a sweep of runs have come, for whoever looks at their folders from outside."""

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from qinr_lightning.runs.folder import STATUS, TRACEBACK, as_json, read_json, write_json
from qinr_lightning.runs.slurm import is_requeued, job_id
from qinr_lightning.runs.whole import write_in_place, write_whole


@dataclass
class Status:
    """State of a run; ``running`` without a process that runs means that it was killed.

    An ``interrupted`` run was asked to end, such as by Ctrl-C or by Slurm, which will start it again.
    """

    state: Literal["running", "finished", "failed", "interrupted"]
    command: list[str]
    """The command line that repeats this run alone, into the same folder."""
    started: float = field(default_factory=time.time)
    """Seconds since 1970."""
    ended: float | None = None
    reason: str | None = None
    """Of a failed run: the error in one line."""
    run_id: str | None = None
    """Name of the run, the same in all its files."""
    signature: str | None = None
    """This user's, of what was typed: who resumes a run of somebody else runs nothing that only that one has typed."""
    slurm_job: str | None = field(default_factory=job_id)
    """The job of Slurm that runs it."""


@contextmanager
def recording_status(
    folder: Path, command: list[str], run: str | None = None, signature: str | None = None
) -> Iterator[None]:
    """Keep status.json in a run folder; an error in the block is recorded, with its traceback in error.txt, and raised.

    Args:
        folder: Made if it is missing.
        command: What to type to repeat this run alone.
        run: Name of the run.
        signature: The user's, of what was typed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRACEBACK).unlink(missing_ok=True)
    status = Status("running", command, run_id=run, signature=signature)
    write_json(folder / STATUS, asdict(status))
    try:
        yield
    except (SystemExit, KeyboardInterrupt):
        status.state = "interrupted"
        raise
    except BaseException as error:
        status.state, status.reason = "failed", " ".join(f"{type(error).__name__}: {error}".split())
        with suppress(OSError):  # Of a full disk, say.
            write_whole(folder / TRACEBACK, traceback.format_exc().encode())
        raise
    else:
        status.state = "finished"
    finally:
        status.ended = time.time()
        _write(folder / STATUS, status)


def _write(path: Path, status: Status) -> None:
    """Also on a full disk."""
    try:
        write_json(path, asdict(status))
    except OSError:
        with suppress(OSError):  # A folder that has become read-only keeps what it says; the error is raised anyway.
            write_in_place(path, as_json(asdict(status)))


def read_statuses(sweep: Path) -> dict[Path, Status]:
    """Status of every job of a sweep that has one, by its folder, at any depth."""
    statuses = {path.parent: read_status(path.parent) for path in sweep.glob(f"*/**/{STATUS}")}
    return {folder: status for folder, status in statuses.items() if status is not None}


def read_status(folder: Path) -> Status | None:
    """Status of the run in a folder; None where there is none or it cannot be read."""
    try:
        return Status(**read_json(folder / STATUS))
    except (OSError, ValueError, TypeError):
        return None


def is_queued_again(folder: Path) -> bool:
    """Whether the run in a folder is of this job of Slurm, which has been queued again: then it goes on by itself."""
    status = read_status(folder) if is_requeued() else None
    return status is not None and status.slurm_job is not None and status.slurm_job == job_id()


class JobCounts(NamedTuple):
    """Jobs of a sweep by state; one that waits to go on after an interruption is in none of them."""

    finished: int
    failed: int
    running: int

    @property
    def ended(self) -> int:
        return self.finished + self.failed


class SweepProgress:
    """Prints a line when a job of a sweep has ended, from a thread that looks at the status of the jobs.

    Args:
        sweep: Folder with a folder for each job.
        n_jobs: Jobs of the sweep; None where a sweeper makes them up as it goes.
        interval: Seconds between two looks.
        terminal: Where the lines go; None is standard output.
        name: What the jobs are together.
    """

    def __init__(
        self,
        sweep: Path,
        n_jobs: int | None,
        interval: float = 2.0,
        terminal: TextIO | None = None,
        name: str = "sweep",
    ) -> None:
        self.sweep = sweep
        self.n_jobs = n_jobs
        self.interval = interval
        self.terminal = terminal
        self.name = name
        self._before = read_statuses(sweep)
        self._start = time.monotonic()
        self._n_shown = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sweep progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look once more and end."""
        self._over.set()
        self._thread.join()

    def counts(self) -> JobCounts:
        """The jobs of this sweep by state; what an earlier sweep has left in the folder does not count."""
        new = [
            status.state for folder, status in read_statuses(self.sweep).items() if status != self._before.get(folder)
        ]
        return JobCounts(new.count("finished"), new.count("failed"), new.count("running"))

    def _watch(self) -> None:
        while not self._over.wait(self.interval) and self._n_shown != self.n_jobs:
            self._report()
        self._report()

    def _report(self) -> None:
        counts = self.counts()
        if counts.ended != self._n_shown:
            self._n_shown = counts.ended
            line = progress_line(counts, self.n_jobs, time.monotonic() - self._start, self.name)
            print(line, file=self.terminal, flush=True)


def progress_line(counts: JobCounts, n_jobs: int | None, elapsed: float, name: str = "sweep") -> str:
    """Such as ``sweep: 12 of 60 jobs done, 4 running, 1 failed, 9 min left``.

    Args:
        counts: At least one job has ended.
        n_jobs: None where it is not known; then no time left is given.
        elapsed: Seconds since the sweep started.
        name: What the jobs are together.
    """
    parts = [f"{counts.finished}{'' if n_jobs is None else f' of {n_jobs}'} jobs done", f"{counts.running} running"]
    if counts.failed:
        parts.append(f"{counts.failed} failed")
    if n_jobs is not None and counts.ended < n_jobs:
        left = elapsed / counts.ended * (n_jobs - counts.ended)
        parts.append(f"{left:.0f} s left" if left < 90 else f"{left / 60:.0f} min left")
    return f"{name}: {', '.join(parts)}"
