"""Images for the page: for each class what the systems make of it, side by side, in the pixels of the data set."""

import base64
import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qinr_lightning.reporting.groups import Bench
from qinr_lightning.reporting.progress import counted
from qinr_lightning.runs import CIRCUIT, FOURIER, SPECTRUM, read_examples

N_IMAGES = 10
"""Of a strip."""
_LARGEST = 2**20
"""Bytes of a picture that is put in as it is; those of an analysis have a tenth."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Strip:
    """Some images in a row, as a data URL."""

    name: str
    is_real: bool
    url: str
    n_images: int


@dataclass(frozen=True)
class Shelf:
    """Strips of one class: the real images first, then every system."""

    label: str
    reconstructions: list[Strip]
    samples: list[Strip]


def shelves(bench: Bench) -> list[Shelf]:
    """Test images with their reconstructions, and samples from the prior, class by class, of the lowest seed."""
    reconstructions: dict[str, list[Strip]] = {label: [] for label in bench.labels}
    samples: dict[str, list[Strip]] = {label: [] for label in bench.labels}
    shown = [(group.name, label, run) for group in bench.groups for label, run in group.shown().items()]
    for name, label, run in counted(shown, f"sets of images put in, {bench.title}"):
        images = read_examples(run.folder)
        real = "test_images"
        for kind, shelf in (("test_reconstructions", reconstructions[label]), ("samples", samples[label])):
            if kind not in images:
                continue
            if real in images:
                strip = _strip("test images", images[real], is_real=True)
                # Others are shown where the systems have been given other images.
                if strip.url not in {known.url for known in shelf}:
                    shelf.append(strip)
            shelf.append(_strip(name, images[kind]))
    found = [Shelf(label, _real_first(reconstructions[label]), _real_first(samples[label])) for label in bench.labels]
    return [shelf for shelf in found if shelf.reconstructions or shelf.samples]


@dataclass(frozen=True)
class Analysis:
    """The pictures of a run that ``analyze`` has drawn, as data URLs."""

    name: str
    urls: list[str]


def analyses(bench: Bench) -> list[Analysis]:
    """What has been found in each system's circuit: of its first class and lowest seed that has been analysed."""
    found = []
    for group in bench.groups:
        for label, run in group.shown().items():
            pictures = (run.folder / name for name in (SPECTRUM, FOURIER, CIRCUIT))
            if urls := [_url("png", path.read_bytes()) for path in pictures if _is_picture(path)]:
                found.append(Analysis(f"{group.name}, {label}", urls))
                break
    return found


def _is_picture(path: Path) -> bool:
    """Whether there is a PNG of a size that a page can hold; what is there and is none is named."""
    if not path.exists():
        return False
    if path.is_file() and path.stat().st_size <= _LARGEST:
        with path.open("rb") as file:
            if file.read(8) == b"\x89PNG\r\n\x1a\n":
                return True
    log.warning("left out: %s is no picture of an analysis", path)
    return False


def _url(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _real_first(strips: list[Strip]) -> list[Strip]:
    return sorted(strips, key=lambda strip: not strip.is_real)


def _strip(name: str, images: Any, is_real: bool = False) -> Strip:
    """``(n, channels, height, width)`` in [0, 1]."""
    from PIL import Image

    levels = (np.asarray(images[:N_IMAGES]) * 255).round().astype(np.uint8)
    n, channels, height, width = levels.shape
    row = levels.transpose(2, 0, 3, 1).reshape(height, n * width, channels)
    picture = Image.fromarray(row[..., 0] if channels == 1 else row)
    file = io.BytesIO()
    # Colours are of photographs, of which JPEG takes a fifth of the space.
    if channels == 1:
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=88)
    kind = "png" if channels == 1 else "jpeg"
    return Strip(name, is_real, _url(kind, file.getvalue()), n)
