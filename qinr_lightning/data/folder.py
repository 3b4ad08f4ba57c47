"""Images of one's own, in a folder with a folder for each class."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from qinr_lightning.data.datamodule import ClassSubsetDataModule
from qinr_lightning.data.folder_split import ClassFiles, TestFraction, by_folders, by_fraction, by_list, has_both_splits
from qinr_lightning.data.images import Crop, check_channels, fit, read_image
from qinr_lightning.data.sources import SPLITS, ImageSource, LabelledImages, PictureShape, Split, unreadable
from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import PositiveInt
from qinr_lightning.seeding import Seed


class ImageFolder(ImageSource):
    """Images laid out as for torchvision's ImageFolder: ``root/<class>/*.png``, also in folders further down.

    Classes are the folders, in the order of their names; the images of a class are in the order of their paths. What is
    hidden (its name begins with a dot) does not count.

    Args:
        root: The folder.
        image_shape: ``(channels, height, width)`` to bring the images to: one channel is grey, three are RGB.
        crop: ``"center"`` keeps the proportions and cuts out the middle, ``"none"`` stretches the whole image.
        resize: Pixels of the shorter side before the middle is cut out; None takes as few as ``image_shape`` needs.
        split: File with a line ``path,split`` (or ``path split``) for each image to use, the path under ``root``, the
            split ``train`` or ``test``. None takes ``root/train/<class>`` and ``root/test/<class>`` where ``root`` has
            folders of these names, and splits each class itself where it has neither.
        test_fraction: Fraction of each class for the test, where the images are split here; at least one image.
        split_seed: Seed of that choice; the images chosen of a class depend on nothing but its name and its files.

    Raises:
        SettingError: When there is no such folder, no class or a class without images; for classes that ``label`` could
            not tell apart; for a wrong list; for settings that do not go together; from :meth:`load`, for an image
            that cannot be read or would have to be made larger.
    """

    def __init__(
        self,
        root: str | Path,
        image_shape: PictureShape = (1, 28, 28),
        crop: Crop = "center",
        resize: PositiveInt | None = None,
        split: str | Path | None = None,
        test_fraction: TestFraction = 0.2,
        split_seed: Seed = 0,
    ) -> None:
        check_channels(image_shape)
        if resize is not None and crop == "none":
            raise SettingError("resize", resize, "must be null for crop=none, which stretches to image_shape")
        if resize is not None and resize < min(image_shape[1:]):
            raise SettingError("resize", resize, f"must be at least {min(image_shape[1:])} to fill image_shape")
        self.root = _absolute(root)
        self.image_shape = tuple(image_shape)
        self.crop = crop
        self.resize = resize
        self._in_folders = split is None and has_both_splits(self.root)
        if split is not None:
            found, how = by_list(self.root, _absolute(split)), f"split by {Path(split).name}"
        elif self._in_folders:
            found, how = by_folders(self.root), "split by folders"
        else:
            found = by_fraction(self.root, test_fraction, split_seed)
            how = f"{test_fraction:.3g} of each class for the test, seed {split_seed}"
        if split is not None or self._in_folders:
            _refuse_unused(how, test_fraction=(test_fraction, 0.2), split_seed=(split_seed, 0))
        self.files: dict[Split, ClassFiles] = found.files
        self.class_names = tuple(found.files["train"])
        self.name = f"folder-{self.root.name}"
        n_others = len(found.left_out)
        without = f", without {_as_text(found.left_out[0].relative_to(self.root))}" if n_others else ""
        more = f" and {n_others - 1} more that are no images of a class" if n_others > 1 else ""
        self.description = f"images in {self.root.name}, {how}{without}{more}"

    def load(self, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
        images, labels = [], []
        for label, name in enumerate(self.class_names):
            if classes is None or label in classes:
                paths = self.files[split][name]
                images += [self._read(path) for path in paths]
                labels += [label] * len(paths)
        if not images:
            return LabelledImages(torch.empty(0, *self.image_shape, dtype=torch.uint8), torch.empty(0).long())
        return LabelledImages(torch.stack(images), torch.tensor(labels))

    def digest(self, classes: Sequence[int]) -> str:
        """Of the names and sizes of the images of some classes in each split, wherever the folder is.

        Raises:
            SettingError: For an image whose size cannot be read.
        """
        digest = hashlib.blake2b(digest_size=8)
        for split in SPLITS:
            for name in (self.class_names[label] for label in classes):
                for path in self.files[split][name]:
                    try:
                        size = path.stat().st_size
                    except OSError as error:  # A link to nothing.
                        raise unreadable(path, error, "root") from error
                    # Names are bytes, and need not be UTF-8.
                    digest.update(os.fsencode(f"{split}\0{path.relative_to(self.root)}\0{size}\0"))
        return digest.hexdigest()

    def place(self, split: Split) -> str:
        return str(self.root / split if self._in_folders else self.root)

    def _read(self, path: Path) -> Tensor:
        image = read_image(path, self.image_shape[0], "dataset.root")
        try:
            return fit(image, (self.image_shape[1], self.image_shape[2]), self.crop, self.resize)
        except ValueError as error:
            raise SettingError("dataset.root", path, str(error)) from error


class ImageFolderDataModule(ClassSubsetDataModule):
    """A :class:`~qinr_lightning.data.ClassSubsetDataModule` of an :class:`ImageFolder`, with the arguments of both.

    Checkpoints say which images they were trained with, by their names and sizes.

    Raises:
        SettingError: When no folder is given, and where these two raise it; from ``load_state_dict``, for other images
            than those of a checkpoint.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        crop: Crop = "center",
        resize: PositiveInt | None = None,
        split: str | Path | None = None,
        test_fraction: TestFraction = 0.2,
        split_seed: Seed = 0,
        label: int | str = 0,
        samples_per_class: PositiveInt = 500,
        batch_size: PositiveInt = 32,
        seed: Seed = 0,
        image_shape: PictureShape = (1, 28, 28),
    ) -> None:
        if not root:
            raise SettingError("root", root, "must be the folder of the images, with a folder of them for each class")
        source = ImageFolder(root, image_shape, crop, resize, split, test_fraction, split_seed)
        super().__init__(source, label, samples_per_class, batch_size, seed, image_shape)
        self._digest = source.digest(self.classes)

    def state_dict(self) -> dict[str, Any]:
        return {"images": self._digest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        if state_dict["images"] != self._digest:
            place = self.source.place("train")
            raise SettingError("dataset.root", place, "does not hold the images that the run has been trained with")


def _absolute(path: str | Path) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def _as_text(path: Path) -> str:
    """A path for files in UTF-8, which its name need not be."""
    return os.fsencode(path).decode(errors="replace")


def _refuse_unused(how: str, **settings: tuple[float, float]) -> None:
    """Refuse settings of the split that is made here when another is taken; each has its value and its default."""
    for name, (value, default) in settings.items():
        if value != default:
            raise SettingError(name, value, f"has no use, the images are {how}; leave it out")
