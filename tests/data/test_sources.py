import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch.nn import functional as F

from qinr_lightning.data import KMNIST, MNIST, QMNIST, USPS, Digits, EMNISTLetters, FashionMNIST
from qinr_lightning.errors import SettingError


def test_digits_are_28x28_bytes_split_four_to_one():
    train, test = Digits().load("train"), Digits().load("test")
    assert train.images.shape == (1437, 1, 28, 28)
    assert test.images.shape == (360, 1, 28, 28)
    assert train.images.dtype == torch.uint8
    assert train.images.min() == 0
    assert train.images.max() == 255
    assert train.labels[:10].tolist() == list(range(10))


@pytest.mark.slow
def test_digits_are_the_same_on_every_processor():
    """67 pixels were not, enough for another hash of the classifier that is trained on them."""
    code = (
        "import hashlib; from qinr_lightning.data import Digits; splits = map(Digits().load, ('train', 'test')); "
        "print(hashlib.sha256(b''.join(split.images.numpy().tobytes() for split in splits)).hexdigest())"
    )
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": "default"}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.startswith("a87548793734")


def test_digits_are_interpolated_as_pytorch_does():
    from sklearn.datasets import load_digits

    scans = torch.from_numpy(load_digits().images).float()[:1437, None] * (255 / 16)
    images = F.interpolate(scans, size=(28, 28), mode="bilinear", align_corners=False)
    # Halfway between two levels, up to what float32 has left of it.
    assert (Digits().load("train").images - images).abs().max() < 0.5001


def test_digits_keep_the_scanned_image():
    from sklearn.datasets import load_digits

    image = Digits().load("train").images[0, 0].float()
    small = torch.nn.functional.interpolate(image[None, None], size=(8, 8), mode="area")[0, 0] * 16 / 255
    assert np.corrcoef(small.flatten(), load_digits().images[0].flatten())[0, 1] > 0.95


ALL = [MNIST, FashionMNIST, EMNISTLetters, KMNIST, QMNIST, USPS]


@pytest.mark.parametrize("source", ALL)
def test_files_are_read_in_data_set_order(source, idx_root):
    data = source(idx_root, download=False)
    data.prepare()
    train = data.load("train")
    side = 16 if source is USPS else 28
    assert train.images.shape == (40, 1, side, side)
    assert train.images.dtype is torch.uint8
    assert train.labels.tolist() == [n % 10 for n in range(40)]
    assert data.load("test").images.shape == (20, 1, side, side)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("source", ALL)
def test_torchvision_reads_the_same(source, split, idx_root):
    options = {"split": "letters"} if source is EMNISTLetters else {}
    theirs = getattr(torchvision.datasets, source.torchvision_class)(idx_root, train=split == "train", **options)
    ours = source(idx_root).load(split)
    assert len(theirs) == len(ours.labels)
    for (image, label), mine, index in zip(theirs, *ours, strict=True):
        pixels = torch.from_numpy(np.array(image))
        assert torch.equal(pixels.T if source is EMNISTLetters else pixels, mine[0])
        assert label == index + (source is EMNISTLetters)


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_some_classes_are_part_of_all(source, seed, idx_root):
    classes = sorted(np.random.default_rng(seed).choice(10, 3, replace=False).tolist())
    everything, some = source(idx_root).load("test"), source(idx_root).load("test", classes)
    wanted = torch.isin(everything.labels, torch.tensor(classes))
    assert torch.equal(some.images, everything.images[wanted])
    assert torch.equal(some.labels, everything.labels[wanted])


@pytest.mark.parametrize("source", ALL[:-1])
def test_gzipped_files_are_read_where_they_are(source, idx_root):
    before = source(idx_root).load("train")
    folder = idx_root / source.folder
    for path in folder.iterdir():
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    there = sorted(folder.iterdir())
    data = source(idx_root, download=False)
    data.prepare()
    assert all(map(torch.equal, before, data.load("train")))
    assert sorted(folder.iterdir()) == there


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


def test_a_download_comes_whole_and_nothing_else_stays(tmp_path, idx_root, monkeypatch):
    raw = idx_root / "MNIST/raw"
    mine = raw / "t10k-labels-idx1-ubyte"

    def fetched(self):
        """As torchvision fetches: the packed files stay beside the others."""
        place = Path(self.raw_folder)
        place.mkdir(parents=True, exist_ok=True)
        for name in (name for names in KMNIST.files.values() for name in names):
            content = (idx_root / "KMNIST/raw" / name).read_bytes()
            (place / f"{name}.gz").write_bytes(gzip.compress(content))
            (place / name).write_bytes(content)

    monkeypatch.setattr("torchvision.datasets.MNIST.download", fetched)
    (raw / "train-images-idx3-ubyte").unlink()
    before = mine.stat().st_mtime_ns
    MNIST(idx_root).prepare()
    assert {path.name for path in raw.iterdir()} == {name for names in MNIST.files.values() for name in names}
    assert mine.stat().st_mtime_ns == before
    MNIST(tmp_path / "new").prepare()
    assert all(map(torch.equal, MNIST(tmp_path / "new").load("train"), KMNIST(idx_root).load("train")))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["MNIST"]


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("there", [False, True])
def test_a_failed_download_leaves_nothing_and_takes_nothing_away(source, there, tmp_path, monkeypatch):
    root = tmp_path / "some/data"
    folder = root / source.folder
    mine = folder / "mine.txt"
    if there:
        folder.mkdir(parents=True)
        mine.write_text("mine")

    def broken_off(self, root, **options):
        place = Path(root) / source.folder
        place.mkdir(parents=True, exist_ok=True)
        (place / source.files["train"][0]).write_bytes(b"the first kilobyte")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"torchvision.datasets.{source.torchvision_class}.__init__", broken_off)
    with pytest.raises(SettingError, match=r"could not be downloaded \(No space left on device\); put") as caught:
        source(root).prepare()
    assert str(folder) in str(caught.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == ([mine] if there else [])
    assert (tmp_path / "some").exists() == there


def test_letters_say_which_files_they_are(idx_root):
    letters = EMNISTLetters(idx_root)
    letters.prepare()
    assert letters.description == "letters from the files of the E-MNIST letters split (40 train, 20 test images)"


def test_real_data_has_the_published_label_order(real_data):
    assert MNIST(real_data).load("train").labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert FashionMNIST(real_data).load("train").labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]


def test_real_letter_t_is_upright(real_data):
    """The mean T has its bar at the top and its stem in the middle."""
    letters = EMNISTLetters(real_data).load("test")
    mean_t = letters.images[letters.labels == EMNISTLetters.class_names.index("T")].float().mean((0, 1))
    assert mean_t[4:12].sum(1).max() > mean_t[16:24].sum(1).max()
    assert mean_t[16:24].sum(0).argmax() in range(11, 17)
