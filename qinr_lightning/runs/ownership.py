"""A folder belongs to one run: who may begin in it, what overwriting takes away, and what in it belongs together."""

import secrets
from contextlib import suppress
from pathlib import Path

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import (
    ANALYSIS,
    CHECKPOINT,
    CIRCUIT,
    CONFIG,
    DEVICE_RESULTS,
    EXAMPLES,
    FACTS,
    FOURIER,
    HARDWARE,
    HARDWARE_PICTURE,
    HISTORY,
    HYDRA,
    LOG,
    LOSSES,
    METRICS,
    NEAREST,
    OUTPUT,
    OVERRIDES,
    RECONSTRUCTIONS,
    RUN,
    SAMPLES,
    SPECTRUM,
    STATUS,
    TRACEBACK,
    read_json,
)
from qinr_lightning.runs.status import read_status
from qinr_lightning.runs.whole import PARTIAL

_PICTURES = (LOSSES, RECONSTRUCTIONS, SAMPLES, NEAREST, HARDWARE_PICTURE)
_ANALYSIS = (ANALYSIS, SPECTRUM, FOURIER, CIRCUIT)
_RESULTS = (METRICS, FACTS, EXAMPLES, HARDWARE, DEVICE_RESULTS, *_PICTURES, *_ANALYSIS)
_OF_A_RUN = (CONFIG, STATUS, HISTORY, CHECKPOINT, OVERRIDES, HYDRA, TRACEBACK, *_RESULTS)
_LOGS = (LOG, OUTPUT)
_DRAWN = ("samples_*.png", "samples_*.npz", "tensorboard/events.out.tfevents.*")


def new_name() -> str:
    """A name for a run that no other has."""
    return secrets.token_hex(8)


def name_of_run(folder: Path) -> str | None:
    """What the run in a folder is called; None for one of an earlier version."""
    status = read_status(folder)
    if status is not None and status.run_id is not None:
        return status.run_id
    try:
        return read_json(folder / FACTS).get(RUN)
    except (OSError, ValueError):
        return None


def check_free(folder: Path, setting: str) -> None:
    """Look whether a new run may begin in a folder.

    Raises:
        SettingError: When there is a run in it already.
    """
    if any((folder / name).exists() for name in (CONFIG, STATUS, CHECKPOINT, METRICS)):
        raise SettingError(
            setting, folder, "there is a run in this folder; resume=FOLDER goes on with it, overwrite=true removes it"
        )


def clear_run(folder: Path) -> None:
    """Remove the files of a run, and nothing else, from a folder; its log begins anew."""
    files = [folder / name for name in _OF_A_RUN]
    files += [path.with_name(path.name + PARTIAL) for path in files]
    for path in [*files, *(path for pattern in _DRAWN for path in folder.glob(pattern))]:
        path.unlink(missing_ok=True)
    for name in _LOGS:
        if (folder / name).exists():
            (folder / name).write_bytes(b"")  # It is open.


def clear_results(folder: Path) -> None:
    """Remove what a run has measured and drawn: it trains on."""
    for name in _RESULTS:
        (folder / name).unlink(missing_ok=True)


def check_same_run(folder: Path, file: str | Path, run: object) -> None:
    """Look whether a file of a folder belongs to the run that the folder's other files are of.

    Args:
        folder: The run folder.
        file: Name of the file.
        run: The run that it says it is of; None where it says nothing, as those of earlier versions do.

    Raises:
        SettingError: When it is of another.
    """
    status = read_status(folder)
    others = {STATUS: None if status is None else status.run_id}
    with suppress(OSError, ValueError):  # Whoever needs that file says so.
        others[FACTS] = read_json(folder / FACTS).get(RUN)
    for other, name in others.items():
        if run is not None and name is not None and name != run:
            raise SettingError("run", folder, f"its {file} and its {other} are of two runs")
