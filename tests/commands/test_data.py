"""The data sets through the train command: what is wrong with them gets one line before training, nothing is left."""

import bz2
import gzip
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TRAIN_IMAGES = "MNIST/raw/train-images-idx3-ubyte"
TRAIN_LABELS = "MNIST/raw/train-labels-idx1-ubyte"
TEST_IMAGES = "MNIST/raw/t10k-images-idx3-ubyte"
TEST_LABELS = "MNIST/raw/t10k-labels-idx1-ubyte"


def changed(name, change):
    """Damage: a file gets other content."""
    return lambda root: (root / name).write_bytes(change((root / name).read_bytes()))


def replaced(name, other):
    """Damage: a file gets the content of another."""
    return lambda root: shutil.copy(root / other, root / name)


def header(magic, *sizes):
    return lambda content: struct.pack(f">i{len(sizes)}i", magic, *sizes) + content[4 + 4 * len(sizes) :]


def images(split, values):
    """Damage: an idx file with other images."""

    def write(root):
        values_ = np.broadcast_to(values, (40 if split == "train" else 20, *np.shape(values)[-2:])).astype(np.uint8)
        path = root / f"MNIST/raw/{split}-images-idx3-ubyte"
        path.write_bytes(struct.pack(">4i", 2051, *values_.shape) + values_.tobytes())

    return write


def labels(split, values):
    def write(root):
        path = root / f"MNIST/raw/{split}-labels-idx1-ubyte"
        path.write_bytes(struct.pack(">2i", 2049, len(values)) + bytes(values))

    return write


def folder_in_place_of(name):
    def make(root):
        (root / name).unlink()
        (root / name).mkdir()

    return make


def file_in_place_of(name):
    def make(root):
        shutil.rmtree(root / name)
        (root / name).write_text("mine")

    return make


def gzipped(name, change=lambda content: content):
    """Damage: a gzipped file in place of the plain one."""

    def make(root):
        packed = gzip.compress((root / name).read_bytes())
        (root / name).unlink()
        (root / f"{name}.gz").write_bytes(change(packed))

    return make


def usps(change):
    return lambda root: (root / "usps.bz2").write_bytes(
        bz2.compress(change(bz2.decompress((root / "usps.bz2").read_bytes())))
    )


def one_image_twice(root):
    shutil.copy(root / TRAIN_IMAGES, root / TEST_IMAGES)
    shutil.copy(root / TRAIN_LABELS, root / TEST_LABELS)


GRADIENT = np.arange(784).reshape(28, 28) % 256

DAMAGED = {
    "more labels than images": (labels("train", [0] * 41), "mnist", "41 labels and train-images-idx3-ubyte has 40"),
    "more images than labels": (labels("train", [0] * 39), "mnist", "39 labels and train-images-idx3-ubyte has 40"),
    "labels of the other split": (replaced(TRAIN_LABELS, TEST_LABELS), "mnist", "it has 20 labels and train-images"),
    "images of the other split": (replaced(TEST_IMAGES, TRAIN_IMAGES), "mnist", "t10k-images-idx3-ubyte has 40 images"),
    "the same images in both splits": (one_image_twice, "mnist", "are all training images ("),
    "labels for images": (replaced(TRAIN_IMAGES, TRAIN_LABELS), "mnist", "begins with 00000801 in place of 00000803"),
    "wrong type": (changed(TRAIN_IMAGES, header(0x0D03, 40, 28, 28)), "mnist", "begins with 00000d03 in place of"),
    "wrong dimensions": (changed(TRAIN_LABELS, header(0x0802, 40)), "mnist", "begins with 00000802 in place of"),
    "another format": (changed(TRAIN_IMAGES, lambda content: b"<html>" + content), "mnist", "begins with 3c68746d"),
    "no image": (
        changed(TRAIN_IMAGES, lambda content: header(2051, 0, 28, 28)(content)[:16]),
        "mnist",
        "its header announces 0 x 28 x 28 values",
    ),
    "negative size": (changed(TRAIN_IMAGES, header(2051, -40, 28, 28)), "mnist", "announces -40 x 28 x 28 values"),
    "absurd size": (
        changed(TRAIN_IMAGES, header(2051, 2**31 - 1, 2**31 - 1, 2**31 - 1)),
        "mnist",
        "header announces 99",
    ),
    "empty": (changed(TEST_LABELS, lambda content: b""), "mnist", "it has 0 bytes and its header is incomplete"),
    "truncated header": (changed(TEST_LABELS, lambda content: content[:6]), "mnist", "it has 6 bytes and its header"),
    "truncated": (changed(TEST_IMAGES, lambda content: content[:-1]), "mnist", "15695 bytes and its header announces"),
    "trailing bytes": (changed(TEST_IMAGES, lambda content: content + b"\n"), "mnist", "15697 bytes and its header"),
    "folder in place of a file": (folder_in_place_of(TRAIN_LABELS), "mnist", "cannot be read (Is a directory)"),
    "file in place of a folder": (
        file_in_place_of("MNIST/raw"),
        "mnist",
        "MNIST/raw: cannot be read (Not a directory)",
    ),
    "file is missing": (lambda root: (root / TEST_LABELS).unlink(), "mnist", "put t10k-labels-idx1-ubyte (or the same"),
    "test images of another size": (
        images("t10k", np.eye(32) * 9),
        "mnist",
        "are 32 x 32 and those of the train split",
    ),
    "labels out of range": (
        labels("train", [*range(10)] * 3 + [10] * 10),
        "mnist",
        "has classes 0 to 10 and mnist has",
    ),
    "labels of digits for letters": (
        replaced("EMNIST/raw/emnist-letters-train-labels-idx1-ubyte", TRAIN_LABELS),
        "emnist",
        "it has classes -1 to 8 and emnist has 0 to 25",
    ),
    "no training image of the class": (
        labels("train", [1] * 40),
        "mnist",
        "train-images-idx3-ubyte has no image of it",
    ),
    "no test image of the class": (labels("t10k", [1] * 20), "mnist", "t10k-images-idx3-ubyte has no image of it"),
    "a single training image": (
        labels("train", [0] + [1] * 39),
        "mnist",
        "samples_per_class=500: must give at least 2",
    ),
    "black images": (images("train", np.zeros((28, 28))), "mnist", "train-images-idx3-ubyte have a single colour each"),
    "black test images": (images("t10k", np.zeros((28, 28))), "mnist", "t10k-images-idx3-ubyte have a single colour"),
    "plain images of many greys": (
        images("train", np.arange(40)[:, None, None] * np.ones((28, 28))),
        "mnist",
        "have a single colour each",
    ),
    "the same image over and over": (images("train", GRADIENT), "mnist", "it has 4 times the same image in"),
    "truncated gz": (
        gzipped(TRAIN_IMAGES, lambda packed: packed[:-200]),
        "mnist",
        "idx3-ubyte.gz: cannot be read (Compr",
    ),
    "damaged gz": (
        gzipped(TRAIN_IMAGES, lambda packed: packed[:5000] + b"\0" * 500 + packed[5500:]),
        "mnist",
        "idx3-ubyte.gz: cannot be read (",
    ),
    "gz that is none": (gzipped(TRAIN_LABELS, lambda packed: b"0" + packed), "mnist", "cannot be read (Not a gzipped"),
    "gz of too many images": (
        gzipped(TRAIN_IMAGES, lambda packed: packed + gzip.compress(b"more")),
        "mnist",
        "idx3-ubyte.gz: the file is damaged, it has 31380 bytes and its header announces 31376",
    ),
    "QMNIST with MNIST's labels": (
        replaced("QMNIST/raw/qmnist-test-labels-idx2-int", TEST_LABELS),
        "qmnist",
        "begins with 00000801 in place of 00000c02",
    ),
    "USPS is missing": (lambda root: (root / "usps.t.bz2").unlink(), "usps", "put usps.t.bz2 into"),
    "USPS is truncated": (
        changed("usps.bz2", lambda packed: packed[:900]),
        "usps",
        "usps.bz2: cannot be read (Compressed",
    ),
    "USPS is no bz2": (changed("usps.bz2", lambda packed: b"<html>"), "usps", "cannot be read (Invalid data stream)"),
    "USPS is empty": (usps(lambda text: b""), "usps", "usps.bz2: the file is damaged, it has no images"),
    "USPS is something else": (usps(lambda text: b"hello\n"), "usps", "it is no list of classes and pixels (could not"),
    "USPS has a line cut short": (usps(lambda text: text[:-100]), "usps", "its image 40 has not 256 pixels"),
    "USPS has an eleventh class": (
        usps(lambda text: b"11" + text[1:]),
        "usps",
        "it has classes 0 to 10 and usps has 0 to 9",
    ),
    "USPS has half a class": (usps(lambda text: b"1.5" + text[1:]), "usps", "it has classes that are no integers"),
    "USPS has brighter than white": (usps(lambda text: text.replace(b":0.", b":9.", 1)), "usps", "outside -1 to 1"),
    "USPS is not a number": (usps(lambda text: text.replace(b" 7:", b" 7:nan 8:", 1)), "usps", "the file is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_files(damage, refused, idx_root):
    make, dataset, message = DAMAGED[damage]
    make(idx_root)
    line = refused(f"dataset={dataset}", f"paths.data_dir={idx_root}", "dataset.source.download=false")
    assert message in line


def test_image_shape_of_another_data_set(refused, idx_root):
    for dataset, shape in (("mnist", [1, 28, 28]), ("usps", [1, 16, 16]), ("digits", [1, 28, 28])):
        data = [f"dataset={dataset}", f"paths.data_dir={idx_root}"]
        line = refused(*data, "dataset.image_shape=[1,32,32]")
        assert f"dataset.image_shape=[1, 32, 32]: must be {shape}, the shape of the images of {dataset}" in line
    line = refused("dataset.image_shape=[1,5,28]")
    assert "dataset.image_shape=[1, 5, 28]: must be greater than or equal to 6" in line


def identities(change):
    def write(root):
        path = root / "celeba/identity_CelebA.txt"
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return write


def first_face(root):
    """The first image of the first identity."""
    lines = (line.split() for line in (root / "celeba/identity_CelebA.txt").read_text().splitlines())
    return root / "celeba/img_align_celeba" / min(name for name, identity in lines if identity == "0")


def overwritten(content):
    return lambda root: first_face(root).write_bytes(content)


DAMAGED_FACES = {
    "list is missing": (lambda root: (root / "celeba/identity_CelebA.txt").unlink(), "put identity_CelebA.txt and"),
    "list is a folder": (
        folder_in_place_of("celeba/identity_CelebA.txt"),
        "CelebA.txt: cannot be read (Is a directory)",
    ),
    "list is binary": (
        lambda root: (root / "celeba/identity_CelebA.txt").write_bytes(b"\xff\xd8\xff"),
        "CelebA.txt: cannot be read ('utf-8' codec",
    ),
    "line without identity": (
        identities(lambda lines: [*lines[:2], "000003.jpg", *lines[3:]]),
        "damaged, line 3 is not",
    ),
    "line without number": (identities(lambda lines: [*lines, "000003.jpg x"]), "line 221 is not the name of an image"),
    "image listed twice": (identities(lambda lines: [*lines, lines[4]]), "line 221 has the image of line 5 again"),
    "too few identities": (
        identities(lambda lines: [line for line in lines if not line.endswith(" 3")]),
        "n_identities=10: identity_CelebA.txt lists 9 identities",
    ),
    "too few images": (identities(lambda lines: lines[:150]), "images and needs some to test on"),
    "image is missing": (lambda root: first_face(root).unlink(), "(1 missing in all) into"),
    "image is empty": (overwritten(b""), ".jpg: cannot be read as an image (no known format); replace it"),
    "image is text": (overwritten(b"<html>404</html>"), ".jpg: cannot be read as an image (no known format)"),
    "image is cut short": (
        lambda root: first_face(root).write_bytes(first_face(root).read_bytes()[:-300]),
        ".jpg: cannot be read as an image (image file is truncated",
    ),
    "image is a folder": (
        lambda root: (first_face(root).unlink(), first_face(root).mkdir()),
        ".jpg: cannot be read as an image (Is a directory)",
    ),
    "image is small": (
        lambda root: Image.new("RGB", (20, 20)).save(first_face(root)),
        ".jpg: has 20 x 20 pixels and at least 78 x 64 are needed",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED_FACES)
def test_damaged_faces(damage, refused, tmp_path, celeba_root):
    make, message = DAMAGED_FACES[damage]
    root = shutil.copytree(celeba_root, tmp_path / "data")
    make(root)
    line = refused("dataset=celeba", "model=ae", f"paths.data_dir={root}")
    assert message in line


def no_permission(monkeypatch, path):
    """As if the file could not be read, which holds for root, too."""
    whole = Path.open

    def opened(self, *arguments, **options):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return whole(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", opened)


@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
def test_files_without_permission(name, refused, idx_root, monkeypatch):
    no_permission(monkeypatch, idx_root / name)
    line = refused("dataset=mnist", f"paths.data_dir={idx_root}")
    assert f"{name}: cannot be read (Permission denied); check path and permissions" in line


def test_failed_download_leaves_nothing(refused, tmp_path, monkeypatch):
    def broken_off(self):
        raw = Path(self.raw_folder)
        raw.mkdir(parents=True, exist_ok=True)
        (raw / "train-images-idx3-ubyte.gz").write_bytes(b"the first kilobyte")
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried a mirror, got:\nno route to host")

    monkeypatch.setattr("torchvision.datasets.MNIST.download", broken_off)
    line = refused("dataset=mnist", "paths.data_dir=new/data")
    assert "mnist is not there and could not be downloaded (RuntimeError Error downloading" in line
    assert "Tried a mirror, got: no route to host); put train-images-idx3-ubyte" in line
    mine = tmp_path / "new/data/MNIST/raw/t10k-labels-idx1-ubyte"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    line = refused("dataset=mnist", "paths.data_dir=new/data")
    assert "put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte (or the same with .gz)" in line


def numbers(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    return {name: value for name, value in metrics.items() if not name.startswith("time/")}


def test_gzipped_files_in_a_folder_that_cannot_be_written_to(command, tmp_path, idx_root):
    arguments = ["dataset=mnist", "model=ae", "dataset.label=3", "trainer.max_epochs=1", f"paths.data_dir={idx_root}"]
    command(*arguments, "hydra.run.dir=plain")
    for path in (idx_root / "MNIST/raw").iterdir():
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    there = sorted(path.name for path in (idx_root / "MNIST/raw").iterdir())
    (idx_root / "MNIST/raw").chmod(0o555)
    command(*arguments, "hydra.run.dir=gzipped")
    assert sorted(path.name for path in (idx_root / "MNIST/raw").iterdir()) == there
    assert numbers(tmp_path / "plain") == numbers(tmp_path / "gzipped")


@pytest.mark.parametrize(
    ("dataset", "label", "name"), [("kmnist", "tsu", "tsu"), ("qmnist", "4", "4"), ("usps", "9", "9")]
)
def test_a_run_on_a_new_data_set(dataset, label, name, command, tmp_path, idx_root):
    arguments = [f"dataset={dataset}", f"dataset.label={label}", f"paths.data_dir={idx_root}", "trainer.max_epochs=1"]
    command(*arguments, "hydra.run.dir=run")
    facts = json.loads((tmp_path / "run/run.json").read_text())
    assert (facts["dataset"], facts["label"], facts["model"]) == (dataset, name, "QINRVAE")
    assert facts["changed"] == {"trainer.max_epochs": 1}
    metrics = numbers(tmp_path / "run")
    assert (metrics["train/n"], metrics["test/n"]) == (4, 2)
    assert np.isfinite(metrics["test/psnr"])
    Image.open(tmp_path / "run/samples.png").verify()
