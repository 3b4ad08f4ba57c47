"""Files that are there whole or not at all, whatever ends the process and on any disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"
"""End of the name of a file that is being written, beside the one whose place it will take."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write a file that takes its place when the block has ended.

    It is written beside its place, on the same disk, and only renamed when the disk has it; until then what was there
    before stays. What could not be written is taken away, which on a full disk makes room.

    Raises:
        OSError: When it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    try:
        yield partial
        _to_disk(partial)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    with suppress(OSError):  # Not every file system can do that for a folder.
        _to_disk(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole(path) as partial:
        partial.write_bytes(content)


def write_in_place(path: Path, content: bytes) -> None:
    """Write over a file, which a full disk allows where it has no room for another file."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
