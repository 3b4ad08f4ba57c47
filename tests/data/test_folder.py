"""Images of one's own: which files are of which class and split, in which order."""

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from qinr_lightning.data import ImageFolder, ImageFolderDataModule
from qinr_lightning.data.subset import find_label
from qinr_lightning.errors import SettingError


def names(source, split):
    """Paths under the root of a split's images, in order."""
    return [path.relative_to(source.root).as_posix() for paths in source.files[split].values() for path in paths]


def test_classes_and_images_are_in_the_order_of_their_names(image_root):
    source = ImageFolder(image_root)
    assert source.class_names == ("Oak", "ash tree", "birch")
    assert names(source, "train") == sorted(names(source, "train"))
    train, test = source.load("train"), source.load("test")
    assert train.images.shape == (18, 1, 28, 28)
    assert train.images.dtype is test.images.dtype is torch.uint8
    assert train.labels.tolist() == [0] * 6 + [1] * 6 + [2] * 6
    assert test.labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_order_does_not_depend_on_that_of_the_file_system(image_root, monkeypatch):
    before = ImageFolder(image_root)
    whole = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: reversed(list(whole(self))))
    after = ImageFolder(image_root)
    assert before.files == after.files
    assert torch.equal(before.load("train").images, after.load("train").images)


@pytest.mark.parametrize("seed", range(6))
def test_every_image_is_in_one_split(seed, image_root):
    fraction = float(np.random.default_rng(seed).uniform(0.01, 0.99))
    source = ImageFolder(image_root, test_fraction=fraction, split_seed=seed)
    everything = sorted(path.relative_to(image_root).as_posix() for path in image_root.rglob("*.png"))
    assert sorted(names(source, "train") + names(source, "test")) == everything
    for name in source.class_names:
        assert len(source.files["test"][name]) == min(max(1, round(8 * fraction)), 7)


def test_the_split_is_its_seeds_and_nobody_elses(image_root):
    source = ImageFolder(image_root)
    torch.manual_seed(5)
    state = torch.get_rng_state()
    assert names(ImageFolder(image_root), "test") == names(source, "test")
    assert torch.equal(torch.get_rng_state(), state)
    others = [names(ImageFolder(image_root, split_seed=seed), "test") for seed in range(1, 5)]
    assert all(other != names(source, "test") for other in others)


def test_another_class_does_not_change_the_split_of_the_rest(image_root, tmp_path, write_images):
    root = Path(shutil.copytree(image_root, tmp_path / "leaves"))
    before = names(ImageFolder(root), "test")
    write_images(root, {"Acacia": 9, "elm": 3})
    after = names(ImageFolder(root), "test")
    assert [name for name in after if not name.startswith(("Acacia", "elm"))] == before


def test_split_by_folders(tmp_path, write_images):
    write_images(tmp_path / "train", {"a": 3, "b": 2})
    write_images(tmp_path / "test", {"a": 1, "b": 2}, seed=1)
    source = ImageFolder(tmp_path)
    assert names(source, "train") == ["train/a/000.png", "train/a/001.png", "train/a/002.png", "train/b/000.png",
                                      "train/b/001.png"]  # fmt: skip
    assert names(source, "test") == ["test/a/000.png", "test/b/000.png", "test/b/001.png"]
    assert source.description == f"images in {tmp_path.name}, split by folders"
    assert source.place("test") == str(tmp_path / "test")


def test_classes_may_be_called_train_or_test(tmp_path, write_images):
    assert ImageFolder(write_images(tmp_path, {"plane": 3, "train": 4})).class_names == ("plane", "train")


@pytest.mark.parametrize(
    "text",
    [
        "path,split\nb/001.png,train\na/000.png,test\na/002.png,train\nb/000.png,test\n",
        "b/001.png train\na/000.png\ttest\n\na/002.png  train\nb/000.png test",
        '\ufeff./b/001.png, train\r\n{root}/a/000.png,test\r\na/../a/002.png,train\r\n"b/000.png",test\r\n',
    ],
)
def test_split_by_a_list(text, tmp_path, write_images):
    root = write_images(tmp_path / "images", {"a": 3, "b": 3})
    (tmp_path / "split.txt").write_text(text.format(root=root), encoding="utf-8")
    source = ImageFolder(root, split=tmp_path / "split.txt")
    assert names(source, "train") == ["a/002.png", "b/001.png"]
    assert names(source, "test") == ["a/000.png", "b/000.png"]
    assert source.description == "images in images, split by split.txt"


def test_what_is_no_image_is_left_out_and_counted(image_root, tmp_path, write_images):
    root = Path(shutil.copytree(image_root, tmp_path / "leaves"))
    (root / ".hidden").mkdir()
    (root / "Oak/.DS_Store").write_text("")
    assert ImageFolder(root).description == ImageFolder(image_root).description
    (root / "Oak/notes.txt").write_text("")
    assert ImageFolder(root).description.endswith("seed 0, without Oak/notes.txt")
    (root / "list.csv").write_text("")
    assert ImageFolder(root).description.endswith(", without list.csv and 1 more that are no images of a class")
    assert names(ImageFolder(root), "train") == names(ImageFolder(image_root), "train")


def test_names_that_are_not_utf8(image_root, tmp_path):
    """They are images as any other, of which files and tables can tell, and change no other name's digest."""
    root = Path(shutil.copytree(image_root, tmp_path / "leaves"))
    before = ImageFolder(root)
    listed = [(split, path) for split in ("train", "test") for path in before.files[split]["Oak"]]
    text = "".join(f"{split}\0{path.relative_to(root)}\0{path.stat().st_size}\0" for split, path in listed)
    assert before.digest([0]) == hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    for name in (b"\xff.png", b"\xff.txt"):
        shutil.copy(root / "Oak/000.png", os.fsencode(root / "Oak") + b"/" + name)
    source = ImageFolder(root)
    assert len(source.load("train", [0]).labels) + len(source.load("test", [0]).labels) == 9
    assert source.description.endswith("without Oak/\ufffd.txt")
    assert source.digest([0]) != before.digest([0])
    assert source.digest([1]) == before.digest([1])


def test_folders_in_the_folder_of_a_class(tmp_path, write_images):
    root = write_images(tmp_path, {"a": 1, "a/more": 2, "b": 2})
    source = ImageFolder(root, split_seed=1)
    both = names(source, "train") + names(source, "test")
    assert sorted(both) == ["a/000.png", "a/more/000.png", "a/more/001.png", "b/000.png", "b/001.png"]


def test_images_are_read_as_asked_for(tmp_path):
    (tmp_path / "a").mkdir()
    for number in range(3):
        pixels = np.zeros((40, 80, 3), np.uint8)
        pixels[:, 15:65, 0] = 100 + number
        Image.fromarray(pixels).save(tmp_path / f"a/{number}.png")
    inner = ImageFolder(tmp_path, (3, 20, 20)).load("train").images
    assert [len(red.unique()) for red in inner[:, 0]] == [1, 1]
    assert inner[:, 0].min() >= 100
    assert inner[:, 1:].max() == 0
    whole = ImageFolder(tmp_path, (3, 20, 20), crop="none").load("train").images
    assert whole[0, 0, 0, 0] == 0
    assert whole[0, 0, 0, 10] >= 100
    assert ImageFolder(tmp_path, (1, 20, 20)).load("test").images.shape == (1, 1, 20, 20)


def test_only_the_classes_that_are_asked_for_are_read(image_root, tmp_path):
    root = Path(shutil.copytree(image_root, tmp_path / "leaves"))
    for path in (root / "birch").iterdir():
        path.write_text("broken")
    source = ImageFolder(root)
    assert source.load("train", [1]).labels.tolist() == [1] * 6
    assert torch.equal(source.load("train", [0, 1]).images[6:], source.load("train", [1]).images)
    with pytest.raises(SettingError, match=r"birch/.*cannot be read as an image"):
        source.load("train")


def test_a_relative_root_is_the_folder_where_the_command_starts(image_root, tmp_path, monkeypatch):
    monkeypatch.chdir(image_root.parent)
    source = ImageFolder("leaves")
    monkeypatch.chdir(tmp_path)
    assert source.root == image_root
    assert len(source.load("test").labels) == 6
    monkeypatch.setenv("HOME", str(image_root.parent))
    assert ImageFolder("~/leaves").root == image_root


def test_a_folder_that_cannot_be_listed(image_root, monkeypatch):
    whole = Path.iterdir

    def listed(self):
        if self.name == "birch":
            raise PermissionError(13, os.strerror(13))
        return whole(self)

    monkeypatch.setattr(Path, "iterdir", listed)
    with pytest.raises(SettingError, match=r"root=.*/birch: cannot be read \(Permission denied\)"):
        ImageFolder(image_root)


def test_label_by_index_and_name(image_root):
    for label in (1, "1", "ash tree", "Ash-Tree"):
        assert ImageFolderDataModule(image_root, label=label).label_name == "ash tree"


def test_folders_called_by_numbers(tmp_path, write_images):
    class_names = ImageFolder(write_images(tmp_path, {"1": 2, "7": 2, "10": 2})).class_names
    assert class_names == ("1", "10", "7")
    assert {label: class_names[find_label(label, class_names)] for label in (1, "7", 10)} == {
        1: "1",
        "7": "7",
        10: "10",
    }
    for label in (0, 2, -1):
        with pytest.raises(SettingError, match=f"label={label}: must be all or a name: 1, 10, 7"):
            find_label(label, class_names)


def test_names_in_other_letters(tmp_path, write_images):
    class_names = ImageFolder(write_images(tmp_path, {"えき": 2, "きく": 2, "+": 2, "-": 2})).class_names
    for index, name in enumerate(class_names):
        assert find_label(name, class_names) == index
