"""Which images a model is trained on: the first so many of one class, or of every class."""

import re

import torch
from torch import Tensor

from qinr_lightning.data.sources import LabelledImages
from qinr_lightning.errors import SettingError

ALL = "all"


def find_label(label: int | str, class_names: tuple[str, ...]) -> int | None:
    """Turn a class index or name into the index; None stands for all classes.

    Args:
        label: An index, a name (case and punctuation do not matter) or ``"all"``.
        class_names: Names of the classes in the order of their indices.

    Raises:
        SettingError: When no class has this index or name.
    """
    wanted = _plain(str(label))
    if wanted == ALL:
        return None
    for index, name in enumerate(class_names):
        # As an index to the letter, so that -1 is not taken for 1; a digit's name is its index.
        if str(label) == str(index) or (wanted == _plain(name) and not name.isdigit()):
            return index
    names = ", ".join(name.lower() for name in class_names)
    raise SettingError("label", label, f"must be {ALL}, an index from 0 to {len(class_names) - 1} or a name: {names}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def of_each_class(labels: Tensor, classes: list[int], part: slice) -> Tensor:
    """Positions of a part of the images of every wanted class, in data-set order.

    Args:
        labels: ``(n,)``.
        classes: The wanted classes.
        part: Which images of a class, counted in data-set order.
    """
    chosen = [torch.nonzero(labels == index).flatten()[part] for index in classes]
    return torch.cat(chosen).sort().values


def select(data: LabelledImages, classes: list[int], part: slice) -> LabelledImages:
    """A copy of the wanted images, so that the rest of the data set can be freed."""
    positions = of_each_class(data.labels, classes, part)
    return LabelledImages(data.images[positions], data.labels[positions])


def to_signed_unit(images: Tensor) -> Tensor:
    """Grey levels 0..255 to float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_unit(images: Tensor) -> Tensor:
    """Grey levels 0..255 to float32 in [0, 1]."""
    return images.float() / 255
