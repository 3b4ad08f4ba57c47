"""What a finished run has measured: written with run.json, which says which files these are, and checked against it.

metrics.json holds numbers alone and cannot say which run it is of, nor can images or a history. run.json has their
SHA-256; a file that was copied from another run, or changed by hand, has another.
"""

import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import (
    EXAMPLES,
    FACTS,
    HISTORY,
    METRICS,
    RUN,
    as_json,
    as_npz,
    read_json,
    write_json,
)
from qinr_lightning.runs.whole import write_whole

if TYPE_CHECKING:
    from torch import Tensor

FILES = "files"
"""In run.json: the SHA-256 of the files that belong to it, by name; two where one has taken the other's place."""


def finish_run(
    folder: Path,
    run: str | None,
    facts: Mapping[str, object],
    metrics: Mapping[str, float],
    examples: "Mapping[str, Tensor]",
) -> None:
    """Write down what has been trained, what was measured and some images; the metrics last.

    Args:
        folder: The run folder.
        run: Name of the run.
        facts: For run.json.
        metrics: For metrics.json, numbers alone.
        examples: Images in [0, 1], ``(n, channels, height, width)``, by name.
    """
    _write(folder, {**facts, RUN: run}, {EXAMPLES: as_npz(examples), METRICS: as_json(metrics)})


def write_results(folder: Path, metrics: Mapping[str, float], examples: "Mapping[str, Tensor] | None" = None) -> None:
    """Write other numbers, and other images, into the folder of a run that was finished earlier.

    Args:
        folder: The run folder.
        metrics: All that metrics.json is to hold.
        examples: As for :func:`finish_run`; None leaves those that there are.
    """
    content = {} if examples is None else {EXAMPLES: as_npz(examples)}
    facts = None
    with suppress(OSError, ValueError):  # Without a run.json nobody takes the folder for a finished run.
        facts = read_json(folder / FACTS)
    _write(folder, facts, {**content, METRICS: as_json(metrics)})


def check_results(folder: Path, setting: str = "run", names: Collection[str] = (METRICS, EXAMPLES, HISTORY)) -> None:
    """Look whether the numbers, the images and the history in a folder are those that its run has written.

    Folders of earlier versions, whose run.json names no files, pass.

    Args:
        folder: The run folder.
        setting: What the folder is called where it comes from.
        names: Of the files to look at.

    Raises:
        SettingError: Naming the first file that is of another run or was changed.
    """
    try:
        files = read_json(folder / FACTS).get(FILES)
    except (OSError, ValueError):
        return  # Whoever needs that file says so.
    for name in names:
        path, expected = folder / name, files.get(name) if isinstance(files, dict) else None
        if isinstance(expected, list) and path.is_file() and _digest(path) not in expected:
            # A checkpoint gives numbers and images again; nothing does a history.
            hint = "" if name == HISTORY else f"; train resume={folder} measures it again"
            raise SettingError(setting, folder, f"its {name} is not what this run has written{hint}")


def has_results(folder: Path) -> bool:
    """Whether there are numbers and images that the run in a folder has written."""
    try:
        check_results(folder)
    except SettingError:
        return False
    return (folder / METRICS).is_file()


def _write(folder: Path, facts: Mapping[str, object] | None, files: Mapping[str, bytes]) -> None:
    """Write files, after run.json, which takes what is there and what is to come until the next time.

    So whenever this is ended, the files of the folder belong together.
    """
    if facts is not None:
        there = {name: [_digest(folder / name)] for name in (METRICS, EXAMPLES, HISTORY) if (folder / name).is_file()}
        coming = {name: [hashlib.sha256(content).hexdigest()] for name, content in files.items()}
        both = {name: there.get(name, []) + coming.get(name, []) for name in {**there, **coming}}
        write_json(folder / FACTS, {**facts, FILES: both})
    for name, content in files.items():
        write_whole(folder / name, content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
