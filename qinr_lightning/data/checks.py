"""What every data set has to offer before a model is trained on it, whatever its source."""

import torch

from qinr_lightning.data.sources import ImageSource, LabelledImages, Split
from qinr_lightning.errors import SettingError


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
        images = data.images[data.labels == index].flatten(1)
        if not len(images):
            raise _useless(source, index, f"{source.place(split)} has no image of it")
        if (images == images[:, :1]).all():
            raise _useless(source, index, f"its images in {source.place(split)} have a single colour each")


def check_training(source: ImageSource, train: LabelledImages, test: LabelledImages, classes: list[int]) -> None:
    """Look at the images to train on.

    Args:
        source: Where they are from.
        train: The images to train on.
        test: The test split.
        classes: The wanted classes.

    Raises:
        SettingError: For a class that has the same image over and over, or the same images to train on and to test on.
    """
    for index in classes:
        images, tested = (data.images[data.labels == index] for data in (train, test))
        if len(images) > 1 and (images == images[:1]).all():
            raise _useless(source, index, f"it has {len(images)} times the same image in {source.place('train')}")
        if torch.equal(images, tested[: len(images)]):
            raise _useless(source, index, f"{source.place('train')} and {source.place('test')} have the same images")


def _useless(source: ImageSource, index: int, why: str) -> SettingError:
    return SettingError(
        "dataset.label", source.class_names[index], f"{why}; take another class or put the right data there"
    )
