"""What several tests need: small data sets in the formats of the real ones, and the real ones where they are."""

import logging
import os
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

torch.set_num_threads(1)

REAL_DATA = Path(os.environ.get("QINR_DATA_DIR", ""))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The data root with the real data sets; the test is skipped where there is none."""
    if not (REAL_DATA / "MNIST" / "raw").is_dir():
        pytest.skip("QINR_DATA_DIR names no folder with the real data sets")
    return REAL_DATA.absolute()


def _write_idx(path: Path, values: np.ndarray) -> None:
    """Write an array of bytes as MNIST's files are written."""
    header = bytes([0, 0, 8, values.ndim])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + struct.pack(f">{values.ndim}i", *values.shape) + values.astype(np.uint8).tobytes())


@pytest.fixture
def write_idx() -> Callable[[Path, np.ndarray], None]:
    """Writes an array of bytes as MNIST's files are written."""
    return _write_idx


@pytest.fixture
def idx_root(tmp_path: Path) -> Path:
    """A data root with small random MNIST, Fashion-MNIST and E-MNIST letters files: 40 train and 20 test images."""
    random = np.random.default_rng(0)
    names = {
        "MNIST": ("train", "t10k", 0),
        "FashionMNIST": ("train", "t10k", 0),
        "EMNIST": ("emnist-letters-train", "emnist-letters-test", 1),
    }
    for folder, (train, test, first) in names.items():
        for prefix, n in ((train, 40), (test, 20)):
            raw = tmp_path / folder / "raw"
            _write_idx(raw / f"{prefix}-images-idx3-ubyte", random.integers(0, 256, (n, 28, 28)))
            _write_idx(raw / f"{prefix}-labels-idx1-ubyte", first + np.arange(n) % 10)
    return tmp_path


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
        rough.resize((36, 44), Image.Resampling.BILINEAR).save(folder / name)
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


def _train(patch: pytest.MonkeyPatch, folder: Path, arguments: Iterable[str]) -> None:
    from hydra.core.global_hydra import GlobalHydra

    from qinr_lightning.settings import run_command
    from qinr_lightning.train import train

    patch.chdir(folder)
    patch.setattr("sys.argv", ["train", *arguments])
    GlobalHydra.instance().clear()
    try:
        run_command(train, "train")
    finally:
        # Hydra's job logging keeps the log file of the run open.
        logging.shutdown()
        logging.getLogger().handlers.clear()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Runs `python -m qinr_lightning.train ARGUMENTS` in this process and in an empty folder."""
    return lambda *arguments: _train(monkeypatch, tmp_path, arguments)


@pytest.fixture(scope="session")
def train_in() -> Callable[..., None]:
    """Runs `python -m qinr_lightning.train ARGUMENTS` in this process and in a folder, for runs that tests share."""

    def run(folder: Path, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            _train(patch, folder, arguments)

    return run
