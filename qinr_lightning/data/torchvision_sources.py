"""The data sets of the paper, MNIST, E-MNIST letters and Fashion-MNIST, through torchvision."""

import string
import struct
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.errors import SettingError

_IDX_HEADER = {"images": ">2i2i", "labels": ">2i"}
"""Magic number and size of each axis, big-endian; one byte for each pixel or label follows."""


class TorchvisionSource(ImageSource):
    """A data set that torchvision keeps as four idx files.

    Args:
        root: Data root, the folder that holds ``MNIST/``, ``FashionMNIST/`` and ``EMNIST/``.
        download: Fetch the files when they are missing.

    Raises:
        SettingError: From :meth:`prepare`, when files are missing and cannot be downloaded, or are damaged.
    """

    folder: str
    file_prefixes: ClassVar[dict[Split, str]] = {"train": "train", "test": "t10k"}

    def __init__(self, root: str | Path, download: bool = True) -> None:
        self.root = Path(root)
        self.download = download

    @abstractmethod
    def _open(self, split: Split, download: bool) -> Any:
        """torchvision's data set for one split."""

    def prepare(self) -> None:
        if not all(path.exists() for path in self._files()) and self.download:
            self._try_download()
        missing = [path.name for path in self._files() if not path.exists()]
        if missing:
            raise SettingError(
                "paths.data_dir",
                self.root,
                f"{self.name} is not there and could not be downloaded; put {', '.join(missing)} "
                f"into {self._raw_folder().absolute()}",
            )
        for path in self._files():
            _check_idx(path)

    def load(self, split: Split) -> LabelledImages:
        dataset = self._open(split, download=False)
        return LabelledImages(self._upright(dataset.data)[:, None], self._class_indices(dataset.targets))

    def _upright(self, images: Tensor) -> Tensor:
        return images

    def _class_indices(self, targets: Tensor) -> Tensor:
        return targets

    def _try_download(self) -> None:
        try:
            for split in self.file_prefixes:
                self._open(split, download=True)
        except (RuntimeError, OSError):
            # No network, no server, or no right to write: what is still missing is reported with its place.
            pass

    def _raw_folder(self) -> Path:
        return self.root / self.folder / "raw"

    def _files(self) -> list[Path]:
        return [
            self._raw_folder() / f"{prefix}-{content}"
            for prefix in self.file_prefixes.values()
            for content in ("images-idx3-ubyte", "labels-idx1-ubyte")
        ]


KNOWN_LETTERS = {
    (124_800, 20_800): "E-MNIST letters",
    (88_800, 14_800): "E-MNIST letters",
    (51_905, 6_500): "letters of the E-MNIST byclass test split",
}
"""What letter files of a known size hold; some copies of the letters split stand in for the official one."""


def _n_items(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(8)[4:], "big")


def _check_idx(path: Path) -> None:
    """Compare the size of an idx file with the one its header announces."""
    header = struct.Struct(_IDX_HEADER["images" if "images" in path.name else "labels"])
    with path.open("rb") as file:
        start = file.read(header.size)
    found = path.stat().st_size
    expected = None
    if len(start) == header.size:
        _, *sizes = header.unpack(start)
        expected = header.size + int(torch.tensor(sizes).prod())
    if found != expected:
        announced = "its header is incomplete" if expected is None else f"its header announces {expected}"
        raise SettingError(
            "paths.data_dir", path, f"the file is damaged, it has {found} bytes and {announced}; fetch it again"
        )


class MNIST(TorchvisionSource):
    """MNIST: handwritten digits, 60,000 train and 10,000 test images."""

    name = "mnist"
    description = "MNIST"
    folder = "MNIST"
    class_names = tuple(str(digit) for digit in range(10))

    def _open(self, split: Split, download: bool) -> Any:
        from torchvision.datasets import MNIST as Dataset

        return Dataset(self.root, train=split == "train", download=download)


class FashionMNIST(TorchvisionSource):
    """Fashion-MNIST: articles of clothing, 60,000 train and 10,000 test images."""

    name = "fashion"
    description = "Fashion-MNIST"
    folder = "FashionMNIST"
    class_names = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")

    def _open(self, split: Split, download: bool) -> Any:
        from torchvision.datasets import FashionMNIST as Dataset

        return Dataset(self.root, train=split == "train", download=download)


class EMNISTLetters(TorchvisionSource):
    """E-MNIST, the ``letters`` split: A to Z, upper and lower case in one class; class 0 is A."""

    name = "emnist"
    description = "letters"
    folder = "EMNIST"
    class_names = tuple(string.ascii_uppercase)
    file_prefixes: ClassVar[dict[Split, str]] = {"train": "emnist-letters-train", "test": "emnist-letters-test"}

    def _open(self, split: Split, download: bool) -> Any:
        from torchvision.datasets import EMNIST as Dataset

        return Dataset(self.root, split="letters", train=split == "train", download=download)

    def prepare(self) -> None:
        super().prepare()
        n_train, n_test = (_n_items(path) for path in self._files() if "images" in path.name)
        unknown = f"letters from the files of the E-MNIST letters split ({n_train} train, {n_test} test images)"
        self.description = KNOWN_LETTERS.get((n_train, n_test), unknown)

    def _upright(self, images: Tensor) -> Tensor:
        # The files hold every image with rows and columns swapped.
        return images.mT.contiguous()

    def _class_indices(self, targets: Tensor) -> Tensor:
        # The files count letters from 1.
        return targets - 1
