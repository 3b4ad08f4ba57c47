"""One process at a time works in a run folder."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import LOCK

log = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path, setting: str) -> Iterator[None]:
    """Keep other processes out of a run folder; the lock ends with the process, however that ends.

    Args:
        folder: The run folder.
        setting: What the folder is called where it comes from.

    Raises:
        SettingError: When another process is at work in the folder.
        OSError: When the folder cannot be written to.
    """
    path = folder / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingError(setting, folder, "another process is at work in this folder") from error
        except OSError as error:
            log.warning("%s: two processes at once would not be noticed here (%s)", folder, error.strerror)
        yield
