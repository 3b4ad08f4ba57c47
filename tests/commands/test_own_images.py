"""`dataset=folder`: images of one's own through the commands a user types."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qinr_lightning.errors import SettingError
from qinr_lightning.evaluate import evaluate_runs
from qinr_lightning.report import make_report
from qinr_lightning.settings.jobs import first_difference, recorded_identity


def run_on(command, root, *arguments, folder="run"):
    command("dataset=folder", f"dataset.root={root}", "trainer.max_epochs=1", f"hydra.run.dir={folder}", *arguments)


def facts_and_metrics(run):
    facts, metrics = (json.loads((run / name).read_text()) for name in ("run.json", "metrics.json"))
    return facts, {name: value for name, value in metrics.items() if not name.startswith("time/")}


def test_a_run_is_measured_evaluated_and_reported(command, tmp_path, image_root):
    run_on(command, image_root, "dataset.label=ash-tree", "dataset.image_shape=[3,24,24]")
    facts, metrics = facts_and_metrics(tmp_path / "run")
    assert (facts["dataset"], facts["label"]) == ("folder-leaves", "ash tree")
    assert facts["images"] == "images in leaves, 0.2 of each class for the test, seed 0"
    assert facts["changed"]["dataset.root"] == str(image_root)
    assert (metrics["train/n"], metrics["test/n"], metrics["dataset/label"]) == (6, 2, 1)
    assert np.isfinite([metrics["test/psnr"], metrics["train/ssim"]]).all()
    assert np.load(tmp_path / "run/examples.npz")["samples"].shape[1:] == (3, 24, 24)
    evaluate_runs(str(tmp_path / "run"), n_samples=4)
    assert facts_and_metrics(tmp_path / "run")[1]["test/psnr"] == pytest.approx(metrics["test/psnr"], abs=1e-4)
    make_report([str(tmp_path / "run")])
    assert "folder-leaves" in (tmp_path / "run/report/tables.md").read_text()


def test_a_run_goes_on_with_its_images_wherever_they_are(command, tmp_path, image_root, capsys):
    moved, others = (Path(shutil.copytree(image_root, tmp_path / name)) for name in ("moved", "others"))
    next((others / "Oak").iterdir()).unlink()
    run_on(command, image_root, "model=ae")
    before = (tmp_path / "run/metrics.json").read_bytes()
    with pytest.raises(SystemExit, match="2"):
        command("resume=run", f"dataset.root={others}", "trainer.max_epochs=2")
    line = f"error: dataset.root={others}: does not hold the images that the run has been trained with\n"
    assert capsys.readouterr().err == line
    assert (tmp_path / "run/metrics.json").read_bytes() == before
    with pytest.raises(SettingError, match="does not hold the images"):
        evaluate_runs(str(tmp_path / "run"), data_dir=str(others))
    command("resume=run", f"dataset.root={moved}", "trainer.max_epochs=2")
    assert (tmp_path / "run/metrics.json").read_bytes() != before


def test_images_of_ones_own_are_part_of_what_a_run_is(command, tmp_path, image_root):
    """So that a comparison does not take runs of one folder for those of another."""
    moved = shutil.copytree(image_root, tmp_path / "moved")
    for name, root in (("run", image_root), ("other", moved)):
        run_on(command, root, "model=ae", folder=name)
    there, wanted = (recorded_identity(tmp_path / name) for name in ("run", "other"))
    assert first_difference(there, wanted) == (("dataset", "root"), str(image_root), str(moved))


def test_the_seed_of_the_run_does_not_change_the_split(command, tmp_path, image_root):
    for seed in (0, 1):
        run_on(command, image_root, f"seed={seed}", "model=ae", folder=f"seed{seed}")
    originals = [np.load(tmp_path / f"seed{seed}/examples.npz")["test_images"] for seed in (0, 1)]
    assert np.array_equal(*originals)
    run_on(command, image_root, "dataset.split_seed=5", "model=ae")
    assert not np.array_equal(originals[0], np.load(tmp_path / "run/examples.npz")["test_images"])


def test_all_classes_of_a_relative_folder(command, tmp_path, image_root):
    shutil.copytree(image_root, tmp_path / "leaves")
    run_on(command, "leaves", "dataset.label=all", "model=ae")
    _, metrics = facts_and_metrics(tmp_path / "run")
    assert (metrics["train/n"], metrics["test/n"]) == (18, 6)


def listed(*lines):
    """Damage: a list of the images, with a line for each of class Oak and then these lines."""

    def make(root):
        paths = sorted(path.relative_to(root) for path in (root / "Oak").iterdir())
        text = "\n".join([*(f"{path},train" for path in paths[:6]), *lines])
        (root.parent / "split.csv").write_text(text)

    return make


def in_splits(**classes):
    """Damage: the classes are moved into folders of splits."""

    def make(root):
        for split, names in classes.items():
            for name in names:
                shutil.copytree(root / name, root / split / name)
        for name in ("Oak", "ash tree", "birch"):
            shutil.rmtree(root / name)

    return make


def overwritten(content):
    return lambda root: (root / "Oak/000.png").write_bytes(content)


def picture(pixels):
    return lambda root: Image.fromarray(pixels).save(root / "Oak/000.png")


def every_picture(pixels):
    def make(root):
        for path in (root / "Oak").iterdir():
            Image.fromarray(pixels).save(path)

    return make


LIST = "dataset.split=split.csv"
DAMAGED = {
    "no folder": (shutil.rmtree, "", "leaves: cannot be read (No such file or directory)"),
    "a file": (lambda root: (shutil.rmtree(root), root.write_text("")), "", "cannot be read (Not a directory)"),
    "no classes": (
        lambda root: [shutil.rmtree(folder) for folder in root.iterdir()],
        "",
        "leaves: has no folders; a folder for each class is needed, with its images in it",
    ),
    "empty class": (lambda root: (root / "elm").mkdir(), "", "leaves/elm: has no image; put some there (.bmp .jpeg"),
    "class of texts": (
        lambda root: ((root / "elm").mkdir(), (root / "elm/a.txt").write_text("elm")),
        "",
        "leaves/elm: has no image",
    ),
    "the same class twice": (
        lambda root: shutil.copytree(root / "Oak", root / "oak"),
        "",
        "leaves/oak: is told apart from Oak by case or punctuation alone",
    ),
    "class with the name of all": (
        lambda root: (root / "Oak").rename(root / "ALL"),
        "",
        "leaves/ALL: stands for every class in dataset.label; rename the folder",
    ),
    "train without test": (
        in_splits(train=["Oak"]),
        "",
        "leaves: has a folder train; a folder test with the same classes is needed",
    ),
    "class without test": (
        in_splits(train=["Oak", "birch"], test=["Oak"]),
        "",
        "leaves/train: has a class birch and ",
    ),
    "class without training": (in_splits(train=["Oak"], test=["Oak", "birch"]), "", "leaves/test: has a class birch"),
    "the same images in both splits": (in_splits(train=["Oak"], test=["Oak"]), "", "are all training images ("),
    "fraction that is not used": (
        in_splits(train=["Oak"], test=["Oak"]),
        "dataset.test_fraction=0.5",
        "dataset.test_fraction=0.5: has no use, the images are split by folders",
    ),
    "seed that is not used": (
        listed("Oak/006.png,test"),
        f"{LIST} dataset.split_seed=1",
        "split_seed=1: has no use",
    ),
    "empty image": (overwritten(b""), "", "Oak/000.png: cannot be read as an image (no known format); replace it"),
    "text for an image": (overwritten(b"<html>"), "", "Oak/000.png: cannot be read as an image (no known format)"),
    "image cut short": (
        lambda root: overwritten((root / "Oak/000.png").read_bytes()[:-200])(root),
        "",
        "Oak/000.png: cannot be read as an image (",
    ),
    "small image": (
        picture(np.zeros((20, 40, 3), np.uint8)),
        "",
        "000.png: has 20 x 40 pixels and at least 28 x 28 are",
    ),
    "16 bits": (
        picture(np.zeros((30, 30), np.uint16)),
        "",
        "000.png: has more than 8 bits a pixel (Pillow",
    ),
    "folder for an image": (
        lambda root: (root / "Oak/zzz.png").symlink_to(root),
        "",
        "Oak/zzz.png: cannot be read as an image (Is a directory)",
    ),
    "link to nothing": (
        lambda root: (root / "Oak/zzz.png").symlink_to(root / "gone.png"),
        "",
        "Oak/zzz.png: cannot be read (No such file or directory)",
    ),
    "class that is not in UTF-8": (
        lambda root: (root / "Oak").rename(root / os.fsdecode(b"\xff")),
        "",
        "has a name that is not in UTF-8; rename the folder",
    ),
    "black images": (every_picture(np.zeros((30, 30), np.uint8)), "", "leaves have a single colour each; take another"),
    "one image copied": (every_picture(np.eye(30, dtype=np.uint8) * 255), "", "it has 6 times the same image in"),
    "one image": (
        lambda root: [path.unlink() for path in sorted((root / "Oak").iterdir())[1:]],
        "",
        "dataset.label=Oak: ",
    ),
    "list is not there": (lambda root: None, LIST, "split.csv: cannot be read (No such file or directory)"),
    "list is empty": (lambda root: (root.parent / "split.csv").write_text("path,split\n"), LIST, "csv: has no image"),
    "list is binary": (
        lambda root: (root.parent / "split.csv").write_bytes(b"\xff\xfe\0"),
        LIST,
        "csv: cannot be read ('",
    ),
    "list with another split": (
        listed("Oak/006.png,valid"),
        LIST,
        "csv: line 7 is not the path of an image and train or",
    ),
    "list without splits": (
        listed("Oak/006.png"),
        LIST,
        "csv: line 7 is not the path of an image and train or test",
    ),
    "list of a missing image": (listed("Oak/9.png,test"), LIST, "line 7 has an image that is not there, "),
    "list with an image twice": (listed("Oak/000.png,test"), LIST, "line 7 has the image of line 1 again"),
    "list with an image twice in other words": (
        listed("Oak/../Oak/./000.png,test"),
        LIST,
        "line 7 has the image of line",
    ),
    "list that leads elsewhere": (
        listed("../split.csv,test"),
        LIST,
        "line 7 has an image that is in no folder of a class",
    ),
    "list of no test image": (listed(), LIST, "dataset.label=Oak: "),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_wrong_gets_one_line(damage, refused, tmp_path, image_root):
    make, arguments, message = DAMAGED[damage]
    root = shutil.copytree(image_root, tmp_path / "leaves")
    make(root)
    line = refused("dataset=folder", f"dataset.root={root}", *arguments.split())
    assert message in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "dataset.root=null: must be the folder of the images, with a folder of them for each class"),
        ("dataset.root=", "dataset.root=: must be the folder of the images"),
        ('dataset.root="~no.such.user/leaves"', "~no.such.user/leaves: cannot be read (No such file or directory)"),
        ("dataset.label=elm", "dataset.label=elm: must be all, an index from 0 to 2 or a name: oak, ash tree, birch"),
        ("dataset.image_shape=[2,28,28]", "image_shape=[2, 28, 28]: must have one channel (grey) or three (RGB)"),
        ("dataset.resize=20", "dataset.resize=20: must be at least 28 to fill image_shape"),
        ("dataset.resize=31", "has 30 x 34 pixels and a shorter side of 31 or more are needed"),
        ("dataset.resize=30 dataset.crop=none", "dataset.resize=30: must be null for crop=none, which stretches"),
        ("dataset.crop=centre", "dataset.crop=centre: must be 'center' or 'none'"),
        ("dataset.test_fraction=1", "dataset.test_fraction=1: must be less than 1"),
        ("dataset.split_seed=-1", "dataset.split_seed=-1: must be greater than or equal to 0"),
        ("model=pqwgan dataset.image_shape=[1,30,30]", "generator.n_patches=28: must divide the image's 900 pixels"),
        (
            "model=vae decoder=classical dataset.image_shape=[3,30,30]",
            "n_parameters=471438: cannot be met within 0.1 %",
        ),
    ],
)
def test_wrong_settings(arguments, message, refused, image_root):
    root = [f"dataset.root={image_root}"] if arguments and "dataset.root" not in arguments else []
    assert message in refused("dataset=folder", *root, *arguments.split())
