"""What every data set has to offer before a model is trained on it, whatever its source."""

import hashlib
import logging
from collections.abc import Sequence

import torch
from torch import Tensor

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.errors import SettingError

log = logging.getLogger(__name__)


def load_checked(source: ImageSource, split: Split, classes: Sequence[int] | None = None) -> LabelledImages:
    """The images of a split, of the wanted classes alone and of the kind that a source has to give.

    Args:
        source: Where they are from; it may be somebody's own and give more classes than it is asked for.
        split: Which split.
        classes: The wanted classes; None for all.

    Raises:
        SettingError: For images that are not bytes, labels that are no classes, or other numbers of one than of the
            other; and from the source.
    """
    images, labels = source.load(split, classes)
    n_classes = len(source.class_names)
    if not (_is(images, torch.uint8, 4) and _is(labels, torch.int64, 1)):
        found = " and ".join(_described(values) for values in (images, labels))
        raise _wrong(source, split, f"are {found}; uint8 of 4 dimensions and int64 of 1 are needed")
    if len(images) != len(labels):
        raise _wrong(source, split, f"are {len(images)} and {len(labels)}; as many labels as images are needed")
    if len(labels) and not 0 <= labels.min() <= labels.max() < n_classes:
        seen = f"{int(labels.min())} to {int(labels.max())}"
        raise _wrong(source, split, f"have classes {seen}; 0 to {n_classes - 1} have names")
    if classes is not None and not (wanted := torch.isin(labels, torch.tensor(classes))).all():
        images, labels = images[wanted], labels[wanted]
    return LabelledImages(images, labels)


def check_split(
    source: ImageSource, split: Split, data: LabelledImages, classes: list[int], image_shape: tuple[int, ...]
) -> None:
    """Look at the images of the wanted classes.

    Args:
        source: Where they are from.
        split: The split they are of.
        data: The images.
        classes: The wanted classes.
        image_shape: The wanted ``(channels, height, width)``.

    Raises:
        SettingError: For another shape, a class without an image and a class whose images have no content.
    """
    shape = tuple(data.images.shape[1:])
    if len(data.labels) and shape != image_shape:
        raise SettingError(
            "dataset.image_shape", list(image_shape), f"must be {list(shape)}, the shape of the images of {source.name}"
        )
    for index in classes:
        images = data.images[data.labels == index].flatten(2)
        if not len(images):
            raise _useless(source, index, f"{source.place(split)} has no image of it")
        if (images == images[..., :1]).all():
            raise _useless(source, index, f"its images in {source.place(split)} have a single colour each")


def check_training(
    source: ImageSource, subset: LabelledImages, train: LabelledImages, test: LabelledImages, classes: list[int]
) -> None:
    """Look at the images to train on, and whether others are left to test on; test images that are not are counted.

    Args:
        source: Where they are from.
        subset: The images to train on.
        train: The whole train split, these among them.
        test: The test split.
        classes: The wanted classes.

    Raises:
        SettingError: For a class that has the same image over and over, whose test images are all in the train split,
            or whose images to train on are all in the test split.
    """
    of_train, of_test = source.place("train"), source.place("test")
    n_seen = 0
    for index in classes:
        used, known, tested = (_digests(data.images[data.labels == index]) for data in (subset, train, test))
        if len(used) > 1 and len(set(used)) == 1:
            raise _useless(source, index, f"it has {len(used)} times the same image in {of_train}")
        seen = set(known).intersection(tested)
        if seen == set(tested):
            raise _useless(source, index, f"its test images ({of_test}) are all training images ({of_train}), too")
        if seen >= set(used):
            raise _useless(source, index, f"its images to train on ({of_train}) are all test images ({of_test}), too")
        n_seen += len([digest for digest in tested if digest in seen])
    if n_seen:
        log.info("%d of %d test images are training images, too", n_seen, len(test.labels))


def _digests(images: Tensor) -> list[bytes]:
    """Of each image's bytes; a set of them is small where one of images is not."""
    return [hashlib.blake2b(image, digest_size=16).digest() for image in images.contiguous().numpy()]


def _is(values: object, dtype: torch.dtype, n_dimensions: int) -> bool:
    return isinstance(values, Tensor) and values.dtype == dtype and values.ndim == n_dimensions


def _described(values: object) -> str:
    if not isinstance(values, Tensor):
        return type(values).__name__
    return f"{str(values.dtype).removeprefix('torch.')} of {values.ndim} dimension{'s' * (values.ndim != 1)}"


def _wrong(source: ImageSource, split: Split, what: str) -> SettingError:
    return SettingError("dataset.source", source.name, f"its images and labels in {source.place(split)} {what}")


def _useless(source: ImageSource, index: int, why: str) -> SettingError:
    return SettingError(
        "dataset.label", source.class_names[index], f"{why}; take another class or put the right data there"
    )
