import pytest
import torch

from qinr_lightning.data.sources import LabelledImages
from qinr_lightning.data.subset import find_label, of_each_class, select, to_signed_unit
from qinr_lightning.data.torchvision_sources import EMNISTLetters, FashionMNIST
from qinr_lightning.errors import SettingError


@pytest.mark.parametrize(
    ("label", "index"),
    [
        (7, 7),
        ("7", 7),
        ("sneaker", 7),
        ("Ankle boot", 9),
        ("ankle-boot", 9),
        ("TSHIRT", 0),
        ("t-shirt", 0),
        ("all", None),
    ],
)
def test_label_by_index_or_name(label, index):
    assert find_label(label, FashionMNIST.class_names) == index


def test_letter_by_name():
    assert find_label("k", EMNISTLetters.class_names) == 10


@pytest.mark.parametrize("label", [10, -1, "sneakers", "", "1.0"])
def test_unknown_label_lists_what_is_allowed(label):
    with pytest.raises(SettingError, match=r"must be all, an index from 0 to 9 or a name: t-shirt, .*, ankle boot"):
        find_label(label, FashionMNIST.class_names)


def test_first_images_in_data_set_order():
    labels = torch.tensor([2, 0, 1, 0, 2, 0, 1, 2])
    assert of_each_class(labels, [0], slice(2)).tolist() == [1, 3]
    assert of_each_class(labels, [0, 2], slice(2)).tolist() == [0, 1, 3, 4]
    assert of_each_class(labels, [1], slice(500)).tolist() == [2, 6]
    assert of_each_class(labels, [0], slice(2, None)).tolist() == [5]


def test_selection_does_not_keep_the_data_set_alive():
    data = LabelledImages(torch.zeros(1000, 1, 28, 28, dtype=torch.uint8), torch.arange(1000) % 10)
    chosen = select(data, [3], slice(5))
    assert chosen.images.untyped_storage().nbytes() == 5 * 28 * 28


def test_grey_levels_to_signed_unit():
    assert to_signed_unit(torch.tensor([0, 51, 255], dtype=torch.uint8)).tolist() == pytest.approx([-1, -0.6, 1])
