"""Which files of an image folder are of which class, and which are for training and which for the test."""

import csv
import os
from pathlib import Path
from typing import Annotated, NamedTuple

import torch
from annotated_types import Gt, Lt

from qinr_lightning.data.sources import SPLITS, Split, unreadable
from qinr_lightning.data.subset import ALL, plain
from qinr_lightning.errors import SettingError
from qinr_lightning.seeding import generator

ENDINGS = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""Of images, as torchvision's ImageFolder has them."""

TestFraction = Annotated[float, Gt(0), Lt(1)]
ClassFiles = dict[str, list[Path]]
"""Images of each class, classes and images sorted by name."""


class FolderSplit(NamedTuple):
    """The images of a folder."""

    files: dict[Split, ClassFiles]
    left_out: list[Path]
    """What is in the folder and not among the images."""


def has_both_splits(root: Path) -> bool:
    """Whether ``root`` has folders ``train`` and ``test`` with folders of classes.

    Raises:
        SettingError: When it has one of them only, or is no folder that can be read.
    """
    names = [folder.name for folder in _folders(root)]
    there = [split for split in SPLITS if split in names and _folders(root / split)]
    if len(there) == 1:
        other = next(split for split in SPLITS if split not in there)
        raise SettingError("root", root, f"has a folder {there[0]}; a folder {other} with the same classes is needed")
    return bool(there)


def by_folders(root: Path) -> FolderSplit:
    """``root/train/<class>`` and ``root/test/<class>``.

    Raises:
        SettingError: When they have different classes, and for classes that cannot be used.
    """
    left_out = [path for path in _visible(root) if path.name not in SPLITS]
    files: dict[Split, ClassFiles] = {}
    for split in SPLITS:
        files[split], others = _classes(root / split)
        left_out += others
    for split, other in (SPLITS, SPLITS[::-1]):
        only_here = [name for name in files[split] if name not in files[other]]
        if only_here:
            raise SettingError("root", root / split, f"has a class {only_here[0]} and {root / other} has none")
    return FolderSplit(files, left_out)


def by_fraction(root: Path, fraction: float, seed: int) -> FolderSplit:
    """``root/<class>``, a fraction of each class for the test, at least one image.

    Raises:
        SettingError: For classes that cannot be used.
    """
    classes, left_out = _classes(root)
    files: dict[Split, ClassFiles] = {"train": {}, "test": {}}
    for name, paths in classes.items():
        n_test = min(max(1, round(fraction * len(paths))), len(paths) - 1)
        order = torch.randperm(len(paths), generator=generator(seed, "test images", name)).tolist()
        files["test"][name] = [paths[position] for position in sorted(order[:n_test])]
        files["train"][name] = [paths[position] for position in sorted(order[n_test:])]
    return FolderSplit(files, left_out)


def by_list(root: Path, path: Path) -> FolderSplit:
    """``root/<class>``, the images and splits that a file names.

    Args:
        root: The folder.
        path: File with a line ``path,split`` or ``path split`` for each image; a first line that ends with ``split`` is
            taken for a heading.

    Raises:
        SettingError: When the file cannot be read; for the first line that is wrong; for classes that cannot be used.
    """
    _folders(root)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error, "split") from error
    files: dict[Split, ClassFiles] = {"train": {}, "test": {}}
    line_of: dict[Path, int] = {}
    for number, line in enumerate(lines, start=1):
        fields = next(csv.reader([line]), []) if "," in line else line.rsplit(maxsplit=1)
        fields = [field.strip() for field in fields]
        if not fields or (number == 1 and fields[-1] == "split"):
            continue
        image = Path(os.path.normpath(root / fields[0]))
        split = next((split for split in SPLITS if fields[1:] == [split]), None)
        if split is None:
            what = "is not the path of an image and train or test"
        elif not image.is_relative_to(root) or image.parent == root:
            what = f"has an image that is in no folder of a class in {root}"
        elif image in line_of:
            what = f"has the image of line {line_of[image]} again"
        elif not os.path.isfile(image):
            what = f"has an image that is not there, {image}"
        else:
            files[split].setdefault(image.relative_to(root).parts[0], []).append(image)
            line_of[image] = number
            continue
        raise SettingError("split", path, f"line {number} {what}")
    names = sorted({name for split in SPLITS for name in files[split]})
    if not names:
        raise SettingError("split", path, "has no image")
    _check_names(root, names)
    return FolderSplit({split: {name: sorted(files[split].get(name, [])) for name in names} for split in SPLITS}, [])


def _classes(root: Path) -> tuple[ClassFiles, list[Path]]:
    """The images of each class, and what else is there."""
    folders = _folders(root)
    if not folders:
        raise SettingError("root", root, "has no folders; a folder for each class is needed, with its images in it")
    _check_names(root, [folder.name for folder in folders])
    classes: ClassFiles = {}
    left_out = [path for path in _visible(root) if path not in folders]
    for folder in folders:
        files = _files_under(folder)
        images = [path for path in files if path.suffix.lower() in ENDINGS]
        if not images:
            raise SettingError("root", folder, f"has no image; put some there ({' '.join(ENDINGS)}) or remove it")
        classes[folder.name] = images
        left_out += [path for path in files if path not in set(images)]
    return classes, left_out


def _check_names(root: Path, names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not _is_utf8(name):
            raise SettingError("root", root / name, "has a name that is not in UTF-8; rename the folder")
        if plain(name) == ALL:
            raise SettingError("root", root / name, "stands for every class in dataset.label; rename the folder")
        other = seen.setdefault(plain(name), name)
        if other != name:
            what = f"is told apart from {other} by case or punctuation alone; rename or join the folders"
            raise SettingError("root", root / name, what)


def _is_utf8(name: str) -> bool:
    # Other bytes come as lone surrogates.
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _visible(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise unreadable(folder, error, "root") from error


def _folders(folder: Path) -> list[Path]:
    # Where not even that may be seen, os.path says no and pathlib raises.
    return [path for path in _visible(folder) if os.path.isdir(path)]


def _files_under(folder: Path) -> list[Path]:
    """All files that are not hidden; folders that are links are not followed, as they may lead in a circle."""
    files: list[Path] = []
    for path in _visible(folder):
        files += _files_under(path) if os.path.isdir(path) and not path.is_symlink() else [path]
    return files
