"""status.json: how far a run has come, for whoever looks at its folder from outside."""

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from json import JSONDecodeError, loads
from pathlib import Path
from typing import Literal

from qinr_lightning.reporting.run_folder import write_json

STATUS = "status.json"


@dataclass
class Status:
    """State of a run; ``running`` without a process that runs means that it was killed.

    An ``interrupted`` run was asked to end, such as by Slurm, which will start it again.
    """

    state: Literal["running", "finished", "failed", "interrupted"]
    command: list[str]
    """The command line that repeats this run alone, into the same folder."""
    started: float = field(default_factory=time.time)
    """Seconds since 1970."""
    ended: float | None = None
    reason: str | None = None
    """Of a failed run: the error in one line."""


@contextmanager
def recording_status(folder: Path, command: list[str]) -> Iterator[None]:
    """Keep status.json in a run folder; an error in the block is recorded, with its traceback in error.txt, and raised.

    Args:
        folder: Made if it is missing.
        command: What to type to repeat this run alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "error.txt").unlink(missing_ok=True)
    status = Status("running", command)
    write_json(folder / STATUS, asdict(status))
    try:
        yield
    except SystemExit:
        status.state = "interrupted"
        raise
    except BaseException as error:
        status.state, status.reason = "failed", " ".join(f"{type(error).__name__}: {error}".split())
        (folder / "error.txt").write_text(traceback.format_exc())
        raise
    else:
        status.state = "finished"
    finally:
        status.ended = time.time()
        write_json(folder / STATUS, asdict(status))


def read_statuses(sweep: Path) -> dict[Path, Status]:
    """Status of every job of a sweep that has one, by its folder."""
    statuses = {path.parent: read_status(path.parent) for path in sweep.glob(f"*/{STATUS}")}
    return {folder: status for folder, status in statuses.items() if status is not None}


def read_status(folder: Path) -> Status | None:
    """Status of the run in a folder; None where there is none or it cannot be read."""
    try:
        return Status(**loads((folder / STATUS).read_text()))
    except (OSError, JSONDecodeError, TypeError):
        return None
