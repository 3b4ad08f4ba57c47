"""The data sets that torchvision keeps: MNIST, E-MNIST letters and Fashion-MNIST of the paper, and MNIST's other kin.

torchvision fetches the files and says how they are called; they are read here, because it reads neither gzipped files
nor says what is wrong with a file.
"""

import os
import shutil
import string
import textwrap
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from qinr_lightning.data.idx import BYTES_1D, BYTES_3D, INTS_2D, read_idx, read_sizes
from qinr_lightning.data.sources import ImageSource, LabelledImages, Split, damaged, unreadable
from qinr_lightning.data.subset import of_classes
from qinr_lightning.errors import SettingError

DIGITS = tuple(str(digit) for digit in range(10))


class TorchvisionSource(ImageSource):
    """A data set in files with torchvision's names.

    Args:
        root: Data root, the folder that torchvision is given.
        download: Fetch the files when they are missing.

    Raises:
        SettingError: From :meth:`prepare` and :meth:`load`, when files are missing and cannot be downloaded, cannot be
            read or are damaged.
    """

    torchvision_class: ClassVar[str]
    torchvision_options: ClassVar[dict[str, Any]] = {}
    folder: ClassVar[str]
    """Where the files are under the root."""
    files: ClassVar[dict[Split, tuple[str, ...]]]
    """Names of a split's files, that of the images first."""
    endings: ClassVar[tuple[str, ...]] = ("",)
    """What the names may end with besides."""

    def __init__(self, root: str | Path, download: bool = True) -> None:
        self.root = Path(root)
        self.download = download

    def prepare(self) -> None:
        missing = self._missing()
        why = ""
        if missing and self.download:
            why = self._try_download(missing)
            missing = self._missing()
        if missing:
            also = "".join(f" (or the same with {ending})" for ending in self.endings[1:])
            raise SettingError(
                "paths.data_dir",
                self.root,
                f"{self.name} is not there{why}; put {', '.join(missing)}{also} into {self._folder().absolute()}",
            )

    def place(self, split: Split) -> str:
        return str(self._path(self.files[split][0]))

    def _folder(self) -> Path:
        return self.root / self.folder

    def _path(self, name: str) -> Path:
        """The file as it is there."""
        paths = [self._folder() / (name + ending) for ending in self.endings]
        # Where not even that may be seen, os.path says no and pathlib raises.
        return next((path for path in paths if os.path.exists(path)), paths[0])

    def _missing(self) -> list[str]:
        try:
            there = {path.name for path in self._folder().iterdir()}
        except FileNotFoundError:
            there = set()
        except OSError as error:
            raise unreadable(self._folder(), error) from error
        names = [name for split in self.files.values() for name in split]
        return [name for name in names if there.isdisjoint(name + ending for ending in self.endings)]

    def _try_download(self, names: list[str]) -> str:
        """Fetch files and put them into their folder, all of them or none.

        Returns:
            Why that was not possible, as a part of a sentence.
        """
        from torchvision import datasets

        folder = self._folder()
        made = [path for path in (folder, *folder.parents) if not os.path.exists(path)]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
                for split in self.files:
                    dataset = getattr(datasets, self.torchvision_class)
                    dataset(scratch, train=split == "train", download=True, **self.torchvision_options)
                for name in names:
                    shutil.move(Path(scratch) / self.folder / name, folder / name)
        except Exception as error:  # Whatever it is, the line that reports the missing files says it.
            reason = getattr(error, "strerror", None) or " ".join(f"{type(error).__name__} {error}".split())
            return f" and could not be downloaded ({textwrap.shorten(reason, 200)})"
        finally:
            for path in made:
                if os.path.isdir(path) and not os.listdir(path):
                    path.rmdir()
        return ""

    def _of_classes(
        self, path: Path, images: np.ndarray[Any, Any], labels: Tensor, classes: Sequence[int] | None
    ) -> LabelledImages:
        """Check the labels of a split, which are from the file ``path``, and take the wanted images."""
        last = len(self.class_names) - 1
        if labels.min() < 0 or labels.max() > last:
            raise damaged(
                path, f"it has classes {int(labels.min())} to {int(labels.max())} and {self.name} has 0 to {last}"
            )
        positions = of_classes(labels, classes)
        return LabelledImages(torch.from_numpy(images[positions.numpy()])[:, None], labels[positions])


class IdxSource(TorchvisionSource):
    """Four idx files, plain or gzipped."""

    endings = ("", ".gz")
    label_magic: ClassVar[int] = BYTES_1D

    def prepare(self) -> None:
        super().prepare()
        sizes = {}
        for split, names in self.files.items():
            images, labels = (self._path(name) for name in names)
            sizes[split] = read_sizes(images, BYTES_3D)
            n_images, n_labels = sizes[split][0], read_sizes(labels, self.label_magic)[0]
            if n_images != n_labels:
                what = f"it has {n_labels} labels and {images.name} has {n_images} images, they do not belong together"
                raise damaged(labels, what)
        (_, *train), (_, *test) = sizes["train"], sizes["test"]
        if train != test:
            what = f"its images are {test[0]} x {test[1]} and those of the train split {train[0]} x {train[1]}"
            raise damaged(self._path(self.files["test"][0]), what)

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        images, labels = (self._path(name) for name in self.files[split])
        values = self._class_indices(torch.from_numpy(read_idx(labels, self.label_magic).astype(np.int64)))
        data = self._of_classes(labels, read_idx(images, BYTES_3D), values, classes)
        return data._replace(images=self._upright(data.images))

    def _upright(self, images: Tensor) -> Tensor:
        return images

    def _class_indices(self, targets: Tensor) -> Tensor:
        return targets


def idx_files(train: str, test: str, labels: str = "labels-idx1-ubyte") -> dict[Split, tuple[str, ...]]:
    """Names of the four files, from what the names of a split begin with."""
    prefixes: dict[Split, str] = {"train": train, "test": test}
    return {split: (f"{prefix}-images-idx3-ubyte", f"{prefix}-{labels}") for split, prefix in prefixes.items()}


class MNIST(IdxSource):
    """MNIST: handwritten digits, 60,000 train and 10,000 test images."""

    name = "mnist"
    description = "MNIST"
    class_names = DIGITS
    torchvision_class = "MNIST"
    folder = "MNIST/raw"
    files = idx_files("train", "t10k")


class FashionMNIST(IdxSource):
    """Fashion-MNIST: articles of clothing, 60,000 train and 10,000 test images."""

    name = "fashion"
    description = "Fashion-MNIST"
    class_names = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
    torchvision_class = "FashionMNIST"
    folder = "FashionMNIST/raw"
    files = idx_files("train", "t10k")


class KMNIST(IdxSource):
    """Kuzushiji-MNIST (Clanuwat et al.): ten cursive Hiragana, 60,000 train and 10,000 test images."""

    name = "kmnist"
    description = "Kuzushiji-MNIST"
    class_names = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    torchvision_class = "KMNIST"
    folder = "KMNIST/raw"
    files = idx_files("train", "t10k")


class QMNIST(IdxSource):
    """QMNIST (Yadav and Bottou): MNIST with the writers known and all 60,000 test images."""

    name = "qmnist"
    description = "QMNIST"
    class_names = DIGITS
    torchvision_class = "QMNIST"
    folder = "QMNIST/raw"
    files = idx_files("qmnist-train", "qmnist-test", labels="labels-idx2-int")
    label_magic = INTS_2D

    def _class_indices(self, targets: Tensor) -> Tensor:
        # The class comes before the numbers of the writer and of the scan.
        return targets[:, 0]


KNOWN_LETTERS = {
    (124_800, 20_800): "E-MNIST letters",
    (88_800, 14_800): "E-MNIST letters",
    (51_905, 6_500): "letters of the E-MNIST byclass test split",
}
"""What letter files of a known size hold; some copies of the letters split stand in for the official one."""


class EMNISTLetters(IdxSource):
    """E-MNIST, the ``letters`` split: A to Z, upper and lower case in one class; class 0 is A."""

    name = "emnist"
    description = "letters"
    class_names = tuple(string.ascii_uppercase)
    torchvision_class = "EMNIST"
    torchvision_options: ClassVar[dict[str, Any]] = {"split": "letters"}
    folder = "EMNIST/raw"
    files = idx_files("emnist-letters-train", "emnist-letters-test")

    def prepare(self) -> None:
        super().prepare()
        n_train, n_test = (read_sizes(self._path(images), BYTES_3D)[0] for images, _ in self.files.values())
        unknown = f"letters from the files of the E-MNIST letters split ({n_train} train, {n_test} test images)"
        self.description = KNOWN_LETTERS.get((n_train, n_test), unknown)

    def _upright(self, images: Tensor) -> Tensor:
        # The files hold every image with rows and columns swapped.
        return images.mT.contiguous()

    def _class_indices(self, targets: Tensor) -> Tensor:
        # The files count letters from 1.
        return targets - 1


class USPS(TorchvisionSource):
    """USPS: digits from envelopes, 16x16, 7,291 train and 2,007 test images.

    The files are those of libsvm's collection: a line for each image with its class, counted from 1, and 256 grey
    levels in [-1, 1], which become 0..255 as in torchvision.
    """

    name = "usps"
    description = "USPS"
    class_names = DIGITS
    torchvision_class = "USPS"
    folder = ""
    files: ClassVar[dict[Split, tuple[str, ...]]] = {"train": ("usps.bz2",), "test": ("usps.t.bz2",)}
    side = 16

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        from sklearn.datasets import load_svmlight_file

        path = self._path(self.files[split][0])
        n_pixels = self.side**2
        try:
            values, targets = load_svmlight_file(str(path), n_features=n_pixels, zero_based=False, dtype=np.float32)
        except (OSError, EOFError) as error:
            raise unreadable(path, error) from error
        except ValueError as error:
            raise damaged(path, f"it is no list of classes and pixels ({error})") from error
        if not len(targets):
            raise damaged(path, "it has no images")
        incomplete = np.flatnonzero(np.diff(values.indptr) != n_pixels)
        if len(incomplete):
            raise damaged(path, f"its image {incomplete[0] + 1} has not {n_pixels} pixels")
        # Written so that NaN is found, too.
        if not (np.abs(values.data) <= 1).all():
            raise damaged(path, "it has grey levels outside -1 to 1")
        if not (targets == targets.round()).all():
            raise damaged(path, "it has classes that are no integers")
        images = ((values.toarray() + 1) / 2 * 255).astype(np.uint8).reshape(-1, self.side, self.side)
        return self._of_classes(path, images, torch.from_numpy(targets).long() - 1, classes)
