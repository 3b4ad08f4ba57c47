"""Which images a model is trained on: the first so many of one class, or of every class."""

from collections.abc import Sequence

import torch
from torch import Tensor

from qinr_lightning.data.sources import LabelledImages
from qinr_lightning.errors import SettingError

ALL = "all"
N_NAMES_SHOWN = 30
"""Names of classes in a message; a data set of one's own may have hundreds."""


def find_label(label: int | str, class_names: tuple[str, ...]) -> int | None:
    """Turn a class index or name into the index; None stands for all classes.

    Args:
        label: A name (case and punctuation do not matter), an index or ``"all"``. Where classes are called by numbers,
            a number is a name: of the classes 1 and 7, none is class 0.
        class_names: Names of the classes in the order of their indices.

    Raises:
        SettingError: When no class has this index or name.
    """
    wanted = str(label)
    if plain(wanted) == ALL:
        return None
    for index, name in enumerate(class_names):
        # Digits to the letter, so that -1 is not taken for 1.
        if wanted == name or (plain(wanted) == plain(name) and not name.isdigit()):
            return index
    indices = [str(index) for index in range(len(class_names))]
    numbered = any(name.isdigit() for name in class_names)
    if wanted in indices and not numbered:
        return int(wanted)
    names = ", ".join(name.lower() for name in class_names[:N_NAMES_SHOWN])
    more = "" if len(class_names) <= N_NAMES_SHOWN else f" and {len(class_names) - N_NAMES_SHOWN} more"
    either = f"{ALL} or" if numbered and list(class_names) != indices else f"{ALL}, an index from 0 to {indices[-1]} or"
    raise SettingError("label", label, f"must be {either} a name: {names}{more}")


def plain(name: str) -> str:
    """A name without its case and punctuation, unless it has nothing else."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def of_classes(labels: Tensor, classes: Sequence[int] | None) -> Tensor:
    """Positions of the images of some classes, in data-set order; None takes every class."""
    return torch.arange(len(labels)) if classes is None else of_each_class(labels, classes, slice(None))


def of_each_class(labels: Tensor, classes: Sequence[int], part: slice) -> Tensor:
    """Positions of a part of the images of every wanted class, in data-set order.

    Args:
        labels: ``(n,)``.
        classes: The wanted classes.
        part: Which images of a class, counted in data-set order.
    """
    chosen = [torch.nonzero(labels == index).flatten()[part] for index in classes]
    return torch.cat(chosen).sort().values


def select(data: LabelledImages, classes: Sequence[int], part: slice) -> LabelledImages:
    """A copy of the wanted images, so that the rest of the data set can be freed."""
    positions = of_each_class(data.labels, classes, part)
    return LabelledImages(data.images[positions], data.labels[positions])


def to_signed_unit(images: Tensor) -> Tensor:
    """Grey levels 0..255 to float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_unit(images: Tensor) -> Tensor:
    """Grey levels 0..255 to float32 in [0, 1]."""
    return images.float() / 255
