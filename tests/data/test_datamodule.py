import logging

import pytest
import torch

from qinr_lightning.data import ClassSubsetDataModule, Digits, FashionMNIST
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
    with pytest.raises(SettingError, match=r"image_shape=\(1, 32, 32\): digits has images \(1, 28, 28\)"):
        ready(Digits(), image_shape=(1, 32, 32))
