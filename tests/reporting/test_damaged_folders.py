"""One bad run never spoils a report: whatever is in its folder, it is named and left out, and the rest is written."""

import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from qinr_lightning.report import make_report


def write(name, content):
    def damage(folder: Path):
        path = folder / name
        path.unlink(missing_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return damage


def change(name, **values):
    """Other values of a JSON file; ``...`` takes a key away."""

    def damage(folder: Path):
        content = json.loads((folder / name).read_text()) | values
        (folder / name).write_text(json.dumps({key: value for key, value in content.items() if value is not ...}))

    return damage


def in_place_of(name, make):
    def damage(folder: Path):
        (folder / name).unlink(missing_ok=True)
        make(folder / name)

    return damage


def examples(**arrays):
    def damage(folder: Path):
        np.savez_compressed(folder / "examples.npz", **arrays)

    return damage


def bomb(folder: Path):
    """A small archive of 100 MB of zeros."""
    with zipfile.ZipFile(folder / "examples.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        array = io.BytesIO()
        np.save(array, np.zeros((2000, 1, 224, 224), dtype=np.uint8))
        archive.writestr("samples.npy", array.getvalue())


def truncated(folder: Path):
    examples(samples=np.zeros((4, 1, 28, 28), dtype=np.uint8))(folder)
    path = folder / "examples.npz"
    path.write_bytes(path.read_bytes()[:-30])


NAN = "metrics.json or run.json cannot be read"
DAMAGED = {
    "metrics: empty": (write("metrics.json", ""), "metrics.json is no JSON"),
    "metrics: truncated": (write("metrics.json", '{"seed": 0, "train'), "metrics.json is no JSON"),
    "metrics: a list": (write("metrics.json", "[]"), "metrics.json holds no object"),
    "metrics: a number": (write("metrics.json", "3"), "metrics.json holds no object"),
    "metrics: another encoding": (write("metrics.json", "{}".encode("utf-16")), "metrics.json is no JSON"),
    "metrics: bytes": (write("metrics.json", bytes(range(256))), "metrics.json is no JSON"),
    "metrics: nested": (write("metrics.json", "[" * 100_000), "metrics.json is no JSON"),
    "metrics: a folder": (in_place_of("metrics.json", Path.mkdir), "metrics.json is no file"),
    "metrics: a pipe": (in_place_of("metrics.json", os.mkfifo), "metrics.json is no file"),
    "metrics: a link to itself": (in_place_of("metrics.json", lambda p: p.symlink_to(p)), "cannot be read"),
    "metrics: huge": (write("metrics.json", b" " * (2**26 + 1)), "more than a run writes"),
    "metrics: no seed": (change("metrics.json", seed=...), "metrics.json lacks seed"),
    "metrics: no class": (change("metrics.json", **{"dataset/label": ...}), "metrics.json lacks dataset/label"),
    "metrics: no N": (change("metrics.json", **{"train/n": ...}), "metrics.json lacks train/n"),
    "metrics: text": (change("metrics.json", **{"train/psnr": "high"}), "train/psnr"),
    "metrics: null": (change("metrics.json", **{"train/psnr": None}), "train/psnr"),
    "metrics: nan": (change("metrics.json", **{"train/psnr": float("nan")}), "train/psnr"),
    "metrics: infinite": (change("metrics.json", **{"test/ssim": float("inf")}), "test/ssim is inf"),
    "metrics: true": (change("metrics.json", **{"train/psnr": True}), "train/psnr"),
    "metrics: a list of numbers": (change("metrics.json", **{"train/psnr": [1, 2]}), "train/psnr"),
    "metrics: a large integer": (write("metrics.json", '{"seed": 1' + "0" * 5000 + "}"), "metrics.json is no JSON"),
    "facts: empty": (write("run.json", ""), "run.json is no JSON"),
    "facts: a text": (write("run.json", '"run"'), "run.json holds no object"),
    "facts: no label": (change("run.json", label=...), NAN),
    "facts: label a number": (change("run.json", label=3), NAN),
    "facts: label of many lines": (change("run.json", label="T-shirt\n\n# Better\n"), NAN),
    "facts: an endless label": (change("run.json", label="T" * 10_000), NAN),
    "facts: no data set": (change("run.json", dataset=...), NAN),
    "facts: data set an object": (change("run.json", dataset={"a": 1}), NAN),
    "facts: no choices": (change("run.json", choices=...), NAN),
    "facts: choices a list": (change("run.json", choices=["ae"]), NAN),
    "facts: choices without a model": (change("run.json", choices={"dataset": "fashion"}), NAN),
    "facts: changed a text": (change("run.json", changed="nothing"), NAN),
    "facts: no versions": (change("run.json", versions=...), NAN),
    "facts: versions a list": (change("run.json", versions=[1]), NAN),
    "facts: versions of numbers": (change("run.json", versions={"torch": 2}), NAN),
    "facts: other files": (
        change("run.json", files={"metrics.json": ["0" * 64]}), "its metrics.json is not what this run has written"),
    "facts: files a list": (change("run.json", files=["metrics.json"]), NAN),
    "facts: files of numbers": (change("run.json", files={"metrics.json": 1}), NAN),
    "facts: an old model without its decoder": (
        change("run.json", choices={"dataset": "fashion", "model": "vae_classical"}), "cannot be read"),
    "history: text": (write("metrics.csv", "epoch,loss/total\n1,low\n"), "metrics.csv is no table of numbers"),
    "history: no epochs": (write("metrics.csv", "loss/total\n1\n"), "metrics.csv has a row without an epoch"),
    "history: longer rows": (write("metrics.csv", "epoch\n1,2,3\n"), "metrics.csv is no table of numbers"),
    "history: bytes": (write("metrics.csv", bytes(range(256))), "metrics.csv"),
    "history: a folder": (in_place_of("metrics.csv", Path.mkdir), "metrics.csv is no file"),
    "examples: text": (write("examples.npz", "pictures"), "examples.npz cannot be read"),
    "examples: empty": (write("examples.npz", ""), "examples.npz cannot be read"),
    "examples: truncated": (truncated, "examples.npz cannot be read"),
    "examples: a bomb": (bomb, "examples.npz cannot be read"),
    "examples: objects": (examples(samples=np.array([{}], dtype=object)), "examples.npz cannot be read"),
    "examples: numbers": (examples(samples=np.zeros(3)), "samples holds no images"),
    "examples: floats": (examples(samples=np.zeros((4, 1, 28, 28))), "samples holds no images"),
    "examples: five channels": (examples(samples=np.zeros((4, 5, 28, 28), dtype=np.uint8)), "samples holds no images"),
    "examples: none": (examples(samples=np.zeros((0, 1, 28, 28), dtype=np.uint8)), "samples holds no images"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_it_is_named_and_the_rest_is_written(kind, make_run, tmp_path, caplog):
    damage, reason = DAMAGED[kind]
    make_run("sound", **{"train/psnr": 15.5, "test/psnr": 15.0})
    bad = make_run("bad", seed=1, **{"train/psnr": 99.0, "test/psnr": 99.0})
    damage(bad)
    make_report([str(tmp_path)], str(tmp_path / "report"))
    tables = (tmp_path / "report/tables.md").read_text()
    (problem,) = [line for line in tables.splitlines() if line.startswith("- ") and "bad:" in line]
    assert reason in problem.replace("\\", "")
    assert "15.50" in tables
    assert "99.0" not in tables
    assert f"left out: {bad}" in caplog.text
    assert "15.50" in (tmp_path / "report/report.html").read_text()


def test_status_that_cannot_be_read_does_not_matter(make_run, tmp_path):
    for number, content in enumerate((b"", b"[]", b'{"state": 1}', bytes(range(256)), b"[" * 100_000)):
        (make_run(str(number), seed=number, **{"train/psnr": 15.5}) / "status.json").write_bytes(content)
    make_report([str(tmp_path)], str(tmp_path / "report"))
    assert "Runs that are not in here" not in (tmp_path / "report/tables.md").read_text()


def test_names_are_text_in_every_format_and_stay_in_their_folder(make_run, tmp_path):
    evil = "<script>alert(1)</script>|[x](javascript:alert(1))"
    make_run("0", **{"train/psnr": 15.5, "test/psnr": 15.0, "train/samples/n": 5, "test/samples/n": 5})
    change("run.json", label=evil, images=evil, dataset="../../elsewhere", versions={evil: evil})(tmp_path / "0")
    (make_run("1", seed=1) / "metrics.json").unlink()
    (tmp_path / "1/status.json").write_text(json.dumps({"state": "failed", "command": [], "reason": evil}))
    make_report([str(tmp_path)], str(tmp_path / "report"))
    for name in ("tables.md", "report.html"):
        text = (tmp_path / "report" / name).read_text()
        assert "<script>alert" not in text
        assert "](javascript" not in text.replace("\\]", "") or name == "report.html"
    outside = {path for path in tmp_path.parent.rglob("*elsewhere*") if tmp_path / "report" not in path.parents}
    assert not outside


@pytest.mark.slow
def test_three_hundred_runs_take_seconds_and_little_memory(make_run, tmp_path):
    """In a process of its own, its imports included; the pictures in the page are small."""
    from qinr_lightning.data import FashionMNIST

    random = np.random.default_rng(0)
    metrics = {f"{split}/{name}": 0.5 for split in ("train", "test") for name in ("psnr", "ssim", "cosine")}
    for number in range(300):
        label = FashionMNIST.class_names[number % 10]
        folder = make_run(f"{number}", label=label, model=("ae", "vae")[number // 10 % 2], seed=number // 20, **metrics)
        images = random.integers(0, 256, (10, 1, 28, 28), dtype=np.uint8)
        examples(test_images=images, test_reconstructions=images, samples=images)(folder)
        rows = "".join(f"{epoch},{300 - epoch},{310 - epoch},{epoch}\n" for epoch in range(1, 46))
        (folder / "metrics.csv").write_text("epoch,loss/reconstruction,loss/total,loss/kl\n" + rows)
    # The most memory that it has had; what getrusage says of a child includes what its parent had.
    measured = "import runpy; runpy.run_module('qinr_lightning.report', run_name='__main__'); " + (
        "print(*[line for line in open('/proc/self/status') if line.startswith('VmHWM')])"
    )
    start = time.perf_counter()
    command = [sys.executable, "-c", measured, str(tmp_path), f"out={tmp_path}/report"]
    printed = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - start
    megabytes = int(re.findall(r"VmHWM:\s+(\d+) kB", printed)[0]) / 1024
    page = (tmp_path / "report/report.html").stat().st_size / 2**20
    print(f"300 runs: {seconds:.1f} s, {megabytes:.0f} MB, page {page:.1f} MB")
    assert megabytes < 300
    assert page < 6
    assert "300 of 300 runs read" in printed


def test_a_report_imports_neither_pytorch_nor_lightning():
    """They take seconds and more memory than all runs."""
    command = "import qinr_lightning.report, sys; print({'torch', 'lightning'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", command], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
