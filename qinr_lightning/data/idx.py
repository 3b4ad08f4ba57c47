"""idx files, the format of MNIST: a magic number, the size of each axis, the values; big-endian, plain or gzipped."""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from qinr_lightning.data.sources import damaged, unreadable

BYTES_3D = 0x0803
"""Magic number of images: bytes, three axes."""
BYTES_1D = 0x0801
"""Magic number of labels: bytes, one axis."""
INTS_2D = 0x0C02
"""Magic number of QMNIST's labels: 32-bit integers, two axes."""
_TYPES: dict[int, np.dtype[Any]] = {0x08: np.dtype("u1"), 0x0C: np.dtype(">i4")}


def read_sizes(path: Path, magic: int) -> tuple[int, ...]:
    """The size of each axis, from the header.

    Args:
        path: The file, gzipped where its name ends with ``.gz``.
        magic: The magic number that it has to have.

    Raises:
        SettingError: When the file cannot be read or its header is wrong; also when a plain file is not as long as its
            header says, which costs nothing to see.
    """
    with _open(path) as file:
        sizes = _sizes(path, magic, file)
        if path.suffix != ".gz":
            _check_length(path, path.stat().st_size, magic, sizes)
    return sizes


def read_idx(path: Path, magic: int) -> np.ndarray[Any, Any]:
    """The values, in an array that cannot be written to; arguments and errors are those of :func:`read_sizes`.

    A plain file is mapped, so that only what is used of it is read.
    """
    sizes, dtype = read_sizes(path, magic), _TYPES[magic >> 8]
    if path.suffix != ".gz":
        return np.memmap(path, dtype, "r", _n_header(magic), sizes)
    with _open(path) as file:
        content = file.read()
    _check_length(path, len(content), magic, sizes)
    values: np.ndarray[Any, Any] = np.frombuffer(content, dtype, offset=_n_header(magic))
    return values.reshape(sizes)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as raw:
            yield cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error


def _n_header(magic: int) -> int:
    """Bytes before the values: the magic number's last byte is the number of axes."""
    return 4 + 4 * (magic & 0xFF)


def _sizes(path: Path, magic: int, file: IO[bytes]) -> tuple[int, ...]:
    header = file.read(_n_header(magic))
    if len(header) >= 4 and header[:4] != magic.to_bytes(4, "big"):
        raise damaged(path, f"it begins with {header[:4].hex()} in place of {magic:08x}")
    if len(header) < _n_header(magic):
        raise damaged(path, f"it has {len(header)} bytes and its header is incomplete")
    sizes = struct.unpack(f">{magic & 0xFF}i", header[4:])
    if min(sizes) < 1:
        raise damaged(path, f"its header announces {' x '.join(map(str, sizes))} values")
    return sizes


def _check_length(path: Path, n_bytes: int, magic: int, sizes: tuple[int, ...]) -> None:
    expected = _n_header(magic) + math.prod(sizes) * _TYPES[magic >> 8].itemsize
    if n_bytes != expected:
        raise damaged(path, f"it has {n_bytes} bytes and its header announces {expected}")
