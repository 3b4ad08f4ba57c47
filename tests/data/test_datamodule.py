import logging

import pytest
import torch

from qinr_lightning.data import ClassSubsetDataModule, Digits, FashionMNIST, ImageSource, LabelledImages
from qinr_lightning.data.subset import select
from qinr_lightning.errors import SettingError


def ready(source, **options):
    datamodule = ClassSubsetDataModule(source, **options)
    datamodule.prepare_data()
    datamodule.setup()
    return datamodule


def test_first_images_of_the_class_and_its_test_split(idx_root):
    source = FashionMNIST(idx_root)
    datamodule = ready(source, label="sneaker", samples_per_class=3)
    everything = source.load("train")
    assert torch.equal(datamodule.train_subset.images, everything.images[everything.labels == 7][:3])
    assert datamodule.test_split.labels.unique().tolist() == [7]
    assert datamodule.label_name == "Sneaker"


def test_all_classes(idx_root):
    datamodule = ready(FashionMNIST(idx_root), label="all", samples_per_class=2)
    assert datamodule.train_subset.labels.bincount().tolist() == [2] * 10
    assert len(datamodule.test_split.labels) == 20


def test_says_how_many_it_took(caplog):
    with caplog.at_level(logging.INFO):
        ready(Digits(), label=3)
    assert "digits, class 3: 146 training images (500 asked for), 37 test images" in caplog.text


def test_one_training_image_is_too_few():
    with pytest.raises(SettingError, match="samples_per_class=1: must give at least 2 training images"):
        ready(Digits(), samples_per_class=1)


def test_image_shape_is_checked():
    with pytest.raises(
        SettingError, match=r"image_shape=\[1, 32, 32\]: must be \[1, 28, 28\], the shape of the images"
    ):
        ready(Digits(), image_shape=(1, 32, 32))


class Given(ImageSource):
    """A source of the images it is given; the classes are a, b and so on."""

    name = description = "given"

    def __init__(self, train, test):
        self.splits = {"train": train, "test": test}
        self.class_names = tuple("abc"[: int(train.labels.max()) + 1])
        self.n_loaded = 0

    def load(self, split, classes=None):
        self.n_loaded += 1
        data = self.splits[split]
        return select(data, range(3) if classes is None else classes, slice(None))

    def place(self, split):
        return f"the {split} folder"


def random_images(labels, seed=0):
    images = torch.randint(256, (len(labels), 1, 28, 28), generator=torch.Generator().manual_seed(seed))
    return LabelledImages(images.to(torch.uint8), torch.tensor(labels))


def test_each_split_is_loaded_once():
    source = Given(random_images([0, 0, 1]), random_images([0, 1], seed=1))
    datamodule = ready(source)
    assert source.n_loaded == 2
    assert len(datamodule.train_dataloader().dataset) == 2


def test_setup_is_enough_where_another_process_has_prepared():
    datamodule = ClassSubsetDataModule(Given(random_images([0, 0]), random_images([0], seed=1)))
    datamodule.setup()
    assert len(datamodule.train_subset.labels) == 2


def flat(data, index):
    images = data.images.clone()
    images[data.labels == index] = torch.arange(int((data.labels == index).sum()), dtype=torch.uint8)[
        :, None, None, None
    ]
    return data._replace(images=images)


TRAIN, TEST = random_images([0, 0, 1, 1, 0]), random_images([0, 1, 0], seed=1)


@pytest.mark.parametrize(
    ("train", "test", "label", "message"),
    [
        (TRAIN, random_images([0, 0]), "b", "label=b: the test folder has no image of it"),
        (TRAIN, random_images([0, 0]), "all", "label=b: the test folder has no image of it"),
        (random_images([0, 0, 2]), TEST, "b", "label=b: the train folder has no image of it"),
        (flat(TRAIN, 1), TEST, "all", "label=b: its images in the train folder have a single colour each"),
        (TRAIN, flat(TEST, 1), "all", "label=b: its images in the test folder have a single colour each"),
        (
            TRAIN._replace(images=TRAIN.images[:1].expand(5, -1, -1, -1)),
            TEST,
            "all",
            "label=a: it has 3 times the same",
        ),
        (TRAIN, TRAIN, "all", "label=a: the train folder and the test folder have the same images"),
        (random_images([0, 1, 1]), TEST, "a", "samples_per_class=500: must give at least 2 .*; the train folder has 1"),
    ],
)
def test_what_nothing_can_be_learnt_from(train, test, label, message):
    with pytest.raises(SettingError, match=message):
        ready(Given(train, test), label=label)


def test_a_class_that_is_not_used_may_be_anything():
    assert len(ready(Given(flat(TRAIN, 1), flat(TEST, 1)), label="a").test_split.labels) == 2


def test_plain_images_among_others_are_fine():
    images = TRAIN.images.clone()
    images[0] = 7
    assert len(ready(Given(TRAIN._replace(images=images), TEST)).train_subset.labels) == 3


def test_squares_that_become_a_pixel_have_to_tile_the_images():
    with pytest.raises(SettingError, match=r"dataset.shrink=3: must divide the images' 28 x 28 pixels"):
        ready(Digits(), shrink=3)
