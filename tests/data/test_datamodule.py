import logging
import time

import pytest
import torch

from qinr_lightning.data import ClassSubsetDataModule, Digits, FashionMNIST, ImageSource, LabelledImages
from qinr_lightning.data.checks import check_training
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


def reversed_order(data):
    return LabelledImages(data.images.flip(0), data.labels.flip(0))


def joined(*parts):
    return LabelledImages(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


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
        (TRAIN, TRAIN, "all", "label=a: its test images .the test folder. are all training images .the t"),
        (TRAIN, reversed_order(TRAIN), "all", "label=a: its test images .the test folder. are all training images"),
        (TRAIN, LabelledImages(TRAIN.images[[4, 0]], torch.zeros(2).long()), "a", "test images .* are all training im"),
        (TRAIN, joined(TEST, TRAIN), "b", "b: its images to train on .the train folder. are all test images .the test"),
        (random_images([0, 1, 1]), TEST, "a", "samples_per_class=500: must give at least 2 .*; the train folder has 1"),
    ],
)
def test_what_nothing_can_be_learnt_from(train, test, label, message):
    with pytest.raises(SettingError, match=message):
        ready(Given(train, test), label=label)


def test_test_images_that_are_training_images_are_counted(caplog):
    half = joined(random_images([0, 0, 1, 1, 1], seed=2), reversed_order(TRAIN))
    with caplog.at_level(logging.INFO):
        ready(Given(TRAIN, TEST), label="all")
        assert "too" not in caplog.text
        ready(Given(half, TRAIN._replace(labels=TRAIN.labels * 0)), label="a", samples_per_class=2)
    assert "3 of 5 test images are training images, too" in caplog.text


def test_a_whole_data_set_is_looked_through_in_seconds():
    train, test = random_images([0] * 60_000), random_images([0] * 10_000, seed=1)
    before = time.perf_counter()
    check_training(Given(train, test), train, train, test, [0])
    # 0.3 s on an idle core.
    assert time.perf_counter() - before < 10


def test_images_of_one_colour_are_found_where_colours_are_several():
    colour, shape = torch.tensor([200, 90, 30], dtype=torch.uint8), (-1, 3, 28, 28)
    plain = TRAIN._replace(images=colour[:, None, None].expand(5, *shape[1:]))
    test = TEST._replace(images=TEST.images.expand(shape))
    with pytest.raises(SettingError, match="label=a: its images in the train folder have a single colour each"):
        ready(Given(plain, test), image_shape=(3, 28, 28))
    grey = TRAIN._replace(images=TRAIN.images.expand(shape))
    assert len(ready(Given(grey, test), image_shape=(3, 28, 28)).train_subset.labels) == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"images": TEST.images / 255}, "are float32 of 4 dimensions and int64 of 1 dimension; uint8 of 4 dim"),
        ({"images": TEST.images[:, 0]}, "are uint8 of 3 dimensions and int64 of 1 dimension; uint8 of 4 dim"),
        ({"images": TEST.images.numpy()}, "are ndarray and int64 of 1 dimension; uint8 of 4 dimensions and int64 of 1"),
        ({"labels": TEST.labels.float()}, "are uint8 of 4 dimensions and float32 of 1 dimension; uint8 of 4"),
        ({"labels": TEST.labels[:, None]}, "are uint8 of 4 dimensions and int64 of 2 dimensions; uint8 of 4"),
        ({"labels": TEST.labels[:2]}, "are 3 and 2; as many labels as images are needed"),
        ({"labels": TEST.labels + 2}, "have classes 2 to 3; 0 to 1 have names"),
        ({"labels": TEST.labels - 1}, "have classes -1 to 0; 0 to 1 have names"),
    ],
)
@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("shrink", [1, 2])
def test_a_source_of_ones_own_has_to_give_bytes_and_classes(wrong, message, split, shrink):
    class Own(Given):
        def load(self, split, classes=None):
            return self.splits[split]

    good = {"train": TRAIN, "test": TEST}
    source = Own(**{**good, split: TEST._replace(**wrong)})
    source.class_names = ("a", "b")
    with pytest.raises(SettingError, match=f"source=given: its images and labels in the {split} folder {message}"):
        ready(source, shrink=shrink, image_shape=(1, 28 // shrink, 28 // shrink))


def test_both_splits_are_of_the_class_where_a_source_gives_all():
    class All(Given):
        def load(self, split, classes=None):
            return super().load(split)

    asked, all_given = (ready(kind(TRAIN, TEST), label="b") for kind in (Given, All))
    for part in ("train_subset", "rest_of_train", "test_split"):
        assert torch.equal(getattr(asked, part).images, getattr(all_given, part).images)
        assert torch.equal(getattr(asked, part).labels, getattr(all_given, part).labels)
    assert torch.equal(asked.test_images, all_given.test_images)


def test_a_class_that_is_not_used_may_be_anything():
    assert len(ready(Given(flat(TRAIN, 1), flat(TEST, 1)), label="a").test_split.labels) == 2


def test_plain_images_among_others_are_fine():
    images = TRAIN.images.clone()
    images[0] = 7
    assert len(ready(Given(TRAIN._replace(images=images), TEST)).train_subset.labels) == 3


def test_squares_that_become_a_pixel_have_to_tile_the_images():
    with pytest.raises(SettingError, match=r"dataset.shrink=3: must divide the images' 28 x 28 pixels"):
        ready(Digits(), shrink=3)
