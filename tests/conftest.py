"""What several tests need: small data sets in the formats of the real ones, and the real ones where they are."""

import bz2
import gc
import html
import json
import logging
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch  # noqa: F401  (its log handler keeps the standard error of whoever imports it first)
import matplotlib
import numpy as np
import pytest
import torch
import yaml

# A third of the time of a command that is refused: OmegaConf reads YAML in Python, and makes so many containers that
# the collector never rests.
yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]
gc.set_threshold(50_000, 20, 20)
torch.set_num_threads(1)
# Of the processes that tests start: others run beside them.
os.environ["OMP_NUM_THREADS"] = "1"
# Every run draws three pictures; coarse ones take half the time. (tests/reporting has fine ones.)
matplotlib.rcParams["savefig.dpi"] = 50
# Before anything is exported: a first backward after torch.export starts threads, and then no process can be forked.
torch.ones((), requires_grad=True).backward()

REAL_DATA = Path(os.environ.get("QINR_DATA_DIR", ""))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The data root with the real data sets; the test is skipped where there is none."""
    if not (REAL_DATA / "MNIST" / "raw").is_dir():
        pytest.skip("QINR_DATA_DIR names no folder with the real data sets")
    return REAL_DATA.absolute()


def _write_idx(path: Path, values: np.ndarray) -> None:
    """Write an array as MNIST's files are written, of bytes unless its type is that of QMNIST's labels."""
    kind, dtype = (12, ">i4") if values.dtype == ">i4" else (8, "u1")
    header = bytes([0, 0, kind, values.ndim])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + struct.pack(f">{values.ndim}i", *values.shape) + values.astype(dtype).tobytes())


@pytest.fixture
def write_idx() -> Callable[[Path, np.ndarray], None]:
    """Writes an array of bytes, or of QMNIST's integers, as MNIST's files are written."""
    return _write_idx


def _write_usps(path: Path, images: np.ndarray, classes: np.ndarray) -> None:
    """Write images ``(n, 256)`` in [-1, 1] and classes from 1 as libsvm's collection has USPS."""
    lines = [
        f"{number} " + " ".join(f"{index}:{value:g}" for index, value in enumerate(pixels, start=1)) + " \n"
        for number, pixels in zip(classes, images, strict=True)
    ]
    path.write_bytes(bz2.compress("".join(lines).encode()))


@pytest.fixture
def write_usps() -> Callable[[Path, np.ndarray, np.ndarray], None]:
    """Writes images and classes as libsvm's collection has USPS."""
    return _write_usps


@pytest.fixture
def idx_root(tmp_path: Path) -> Path:
    """A data root with small random files of all of torchvision's data sets: 40 train and 20 test images each."""
    random = np.random.default_rng(0)
    names = {
        "MNIST": ("train", "t10k", 0),
        "FashionMNIST": ("train", "t10k", 0),
        "KMNIST": ("train", "t10k", 0),
        "QMNIST": ("qmnist-train", "qmnist-test", 0),
        "EMNIST": ("emnist-letters-train", "emnist-letters-test", 1),
    }
    for folder, (*prefixes, first) in names.items():
        for prefix, n in zip(prefixes, (40, 20), strict=True):
            raw = tmp_path / folder / "raw"
            classes = first + np.arange(n) % 10
            _write_idx(raw / f"{prefix}-images-idx3-ubyte", random.integers(0, 256, (n, 28, 28)))
            if folder == "QMNIST":
                # The class, then what is known of the writer.
                facts = np.hstack([classes[:, None], random.integers(0, 4000, (n, 7))])
                _write_idx(raw / f"{prefix}-labels-idx2-int", facts.astype(">i4"))
            else:
                _write_idx(raw / f"{prefix}-labels-idx1-ubyte", classes)
    for name, n in (("usps.bz2", 40), ("usps.t.bz2", 20)):
        _write_usps(tmp_path / name, random.uniform(-1, 1, (n, 256)).round(3), 1 + np.arange(n) % 10)
    return tmp_path


def _write_images(folder: Path, counts: Mapping[str, int], size: tuple[int, int] = (30, 34), seed: int = 0) -> Path:
    """Write random RGB pictures of ``size`` (height, width), ``counts[name]`` into each folder of this name."""
    from PIL import Image

    random = np.random.default_rng(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = random.integers(0, 256, (*size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number:03}.png")
    return folder


@pytest.fixture(scope="session")
def write_images() -> Callable[..., Path]:
    """Writes random pictures into folders of classes."""
    return _write_images


@pytest.fixture(scope="session")
def image_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with folders of three classes, 8 pictures each."""
    return _write_images(tmp_path_factory.mktemp("images") / "leaves", {"Oak": 8, "ash tree": 8, "birch": 8})


def _write_faces(root: Path, counts: Mapping[int, int]) -> Path:
    """Write random JPEGs, ``counts[identity]`` of each identity, laid out and named as the official CelebA files."""
    from PIL import Image

    folder = root / "celeba" / "img_align_celeba"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    identities = [identity for identity, count in counts.items() for _ in range(count)]
    random.shuffle(identities)
    lines = []
    for number, identity in enumerate(identities, start=1):
        name = f"{number:06}.jpg"
        # Smooth, so that JPEG and resizing leave it recognizable.
        rough = Image.fromarray(random.integers(0, 256, (3, 3, 3), dtype=np.uint8))
        rough.resize((72, 88), Image.Resampling.BILINEAR).save(folder / name)
        lines.append(f"{name} {identity}")
    (root / "celeba" / "identity_CelebA.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="session")
def write_faces() -> Callable[[Path, Mapping[int, int]], Path]:
    """Writes random pictures laid out as CelebA into a data root."""
    return _write_faces


@pytest.fixture(scope="session")
def celeba_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with 10 identities of CelebA's layout, 22 random pictures each."""
    return _write_faces(tmp_path_factory.mktemp("celeba_root"), dict.fromkeys(range(10), 22))


def _run(patch: pytest.MonkeyPatch, task: Callable[..., Any], name: str, arguments: Iterable[str]) -> None:
    from hydra.core.global_hydra import GlobalHydra

    from qinr_lightning.settings import run_command

    arguments = list(arguments)
    patch.setattr("sys.argv", [name, *arguments])
    if not any(argument.startswith("hydra.mode") for argument in arguments):
        # What Hydra finds in the configuration, for which it composes everything once more, half the time of a command
        # that is refused. Commands in processes of their own are left as they are.
        patch.setattr("hydra._internal.hydra.Hydra.get_mode", lambda self, config_name, overrides: None)
    GlobalHydra.instance().clear()
    try:
        run_command(task, name)
    finally:
        # Hydra's job logging keeps the log file of the run open.
        logging.shutdown()
        logging.getLogger().handlers.clear()


def _train(patch: pytest.MonkeyPatch, folder: Path, arguments: Iterable[str]) -> None:
    from qinr_lightning.train import train

    patch.chdir(folder)
    _run(patch, train, "train", arguments)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Runs `python -m qinr_lightning.train ARGUMENTS` in this process and in an empty folder."""
    return lambda *arguments: _train(monkeypatch, tmp_path, arguments)


def exit_status(task: Callable[..., Any], name: str, *arguments: str) -> int:
    """Run a command in this process; the exit status it leaves with, 0 where it just ends."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            _run(patch, task, name, arguments)
        except SystemExit as left:
            return int(left.code or 0)
    return 0


@pytest.fixture(scope="session")
def train_in() -> Callable[..., None]:
    """Runs `python -m qinr_lightning.train ARGUMENTS` in this process and in a folder, for runs that tests share."""

    def run(folder: Path, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            _train(patch, folder, arguments)

    return run


@pytest.fixture
def refused(command: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    """Runs the command, which has to leave with status 2, one line and all files as they were; gives the line."""

    def written() -> dict[Path, int | None]:
        return {path: None if path.is_dir() else path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}

    def run(*arguments: str) -> str:
        before = written()
        with pytest.raises(SystemExit) as left:
            command(*arguments)
        error = capsys.readouterr().err
        assert left.value.code == 2
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert written() == before
        return error

    return run


@pytest.fixture(scope="session")
def browser() -> list[str]:
    """The command that opens a page in headless Chromium; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on PATH to open the page in")
    return [found, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]


@pytest.fixture
def look_at(browser: list[str], tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Opens a page in frames 400 and 1300 pixels wide, light or dark, and gives back what a script sees in each.

    ``look_at(page, look, dark=False)``: ``look`` is a JavaScript function of the frame. Messages on the browser's
    console fail the test, but for those with the words ``expected``.
    """

    def run(page: Path, look: str, dark: bool = False, expected: str | None = None) -> list[dict[str, Any]]:
        frames = "".join(
            f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(page.read_text())}"></iframe>'
            for width in (400, 1300)
        )
        script = (
            f"const look = {look};"
            'addEventListener("load", () => { document.getElementById("seen").textContent = '
            'JSON.stringify([...document.querySelectorAll("iframe")].map(look)); });'
        )
        (tmp_path / "look.html").write_text(f'{frames}<pre id="seen"></pre><script>{script}</script>')
        options = ["--blink-settings=preferredColorScheme=0"] if dark else []
        done = subprocess.run(
            [*browser, *options, "--enable-logging=stderr", "--dump-dom", (tmp_path / "look.html").as_uri()],
            capture_output=True, text=True, timeout=600, check=True,
        )  # fmt: skip
        said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        assert not [line for line in said if expected is None or expected not in line]
        (seen,) = re.findall('<pre id="seen">(.*?)</pre>', done.stdout)
        found: list[dict[str, Any]] = json.loads(html.unescape(seen))
        return found

    return run
