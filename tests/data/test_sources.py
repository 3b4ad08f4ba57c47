import struct

import numpy as np
import pytest
import torch

from qinr_lightning.data import MNIST, Digits, EMNISTLetters, FashionMNIST
from qinr_lightning.errors import SettingError


def test_digits_are_28x28_bytes_split_four_to_one():
    train, test = Digits().load("train"), Digits().load("test")
    assert train.images.shape == (1437, 1, 28, 28)
    assert test.images.shape == (360, 1, 28, 28)
    assert train.images.dtype == torch.uint8
    assert train.images.min() == 0
    assert train.images.max() == 255
    assert train.labels[:10].tolist() == list(range(10))


def test_digits_keep_the_scanned_image():
    from sklearn.datasets import load_digits

    image = Digits().load("train").images[0, 0].float()
    small = torch.nn.functional.interpolate(image[None, None], size=(8, 8), mode="area")[0, 0] * 16 / 255
    assert np.corrcoef(small.flatten(), load_digits().images[0].flatten())[0, 1] > 0.95


@pytest.mark.parametrize("source", [MNIST, FashionMNIST, EMNISTLetters])
def test_files_are_read_in_data_set_order(source, idx_root):
    data = source(idx_root, download=False)
    data.prepare()
    train = data.load("train")
    assert train.images.shape == (40, 1, 28, 28)
    assert train.labels.tolist() == [n % 10 for n in range(40)]
    assert data.load("test").images.shape == (20, 1, 28, 28)


def test_letters_are_upright_and_counted_from_zero(idx_root, write_idx):
    image = np.zeros((1, 28, 28))
    image[0, 3, 20] = 255
    raw = idx_root / "EMNIST" / "raw"
    write_idx(raw / "emnist-letters-train-images-idx3-ubyte", image)
    write_idx(raw / "emnist-letters-train-labels-idx1-ubyte", np.array([11]))
    train = EMNISTLetters(idx_root).load("train")
    assert train.images[0, 0].nonzero().tolist() == [[20, 3]]
    assert EMNISTLetters.class_names[int(train.labels[0])] == "K"


def test_missing_files_are_named_with_their_folder(tmp_path):
    with pytest.raises(SettingError) as caught:
        FashionMNIST(tmp_path, download=False).prepare()
    assert str(tmp_path / "FashionMNIST" / "raw") in str(caught.value)
    assert "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte" in str(caught.value)
    assert caught.value.setting == "paths.data_dir"


def test_failed_download_gives_the_same_message(tmp_path, monkeypatch):
    def no_network(self, split, download):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(MNIST, "_open", no_network)
    with pytest.raises(SettingError, match=r"could not be downloaded; put train-images-idx3-ubyte.* into .*MNIST/raw"):
        MNIST(tmp_path, download=True).prepare()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"", "it has 0 bytes and its header is incomplete"),
        (lambda content: content[:-100], "it has 31276 bytes and its header announces 31376"),
        (lambda content: struct.pack(">4i", 2051, 50, 28, 28) + content[16:], "its header announces 39216"),
    ],
)
def test_damaged_file_is_named(idx_root, damage, message):
    path = idx_root / "MNIST" / "raw" / "train-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SettingError, match=message) as caught:
        MNIST(idx_root).prepare()
    assert str(path) in str(caught.value)


def test_real_data_has_the_published_label_order(real_data):
    assert MNIST(real_data).load("train").labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert FashionMNIST(real_data).load("train").labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]


def test_real_letter_t_is_upright(real_data):
    """The mean T has its bar at the top and its stem in the middle."""
    letters = EMNISTLetters(real_data).load("test")
    mean_t = letters.images[letters.labels == EMNISTLetters.class_names.index("T")].float().mean((0, 1))
    assert mean_t[4:12].sum(1).max() > mean_t[16:24].sum(1).max()
    assert mean_t[16:24].sum(0).argmax() in range(11, 17)
