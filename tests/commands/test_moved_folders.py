"""Finished runs, and their data, elsewhere: the same numbers; relative paths; no home folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.runs.conftest import differences

SMALL = ["model=vae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=4"]
PACKAGE = Path(__file__).parents[2]


def typed(name, folder, *arguments, **environment):
    """Runs a command as a user does; what it prints."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("QINR_") and key != "HOME"}
    done = subprocess.run(
        [sys.executable, "-m", f"qinr_lightning.{name}", *arguments], cwd=folder, capture_output=True, text=True,
        env=inherited | {"PYTHONPATH": str(PACKAGE)} | environment, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    return {name: value for name, value in metrics.items() if not name.startswith("time/")}


@pytest.mark.slow
@pytest.mark.parametrize("chdir", [[], ["hydra.job.chdir=true"]], ids=["stays", "chdir"])
def test_run_and_data_are_moved(chdir, idx_root, tmp_path):
    """Without HOME, with a data root that was typed as a relative path, and in the end is somewhere else."""
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("MNIST", "FashionMNIST"):
        shutil.move(idx_root / name, here / "data" / name)
    given = [*SMALL, "dataset=mnist", "paths.data_dir=data", "paths.cache_dir=cache", *chdir]
    typed("train", here, *given, "trainer.max_epochs=2", "hydra.run.dir=run")
    typed("train", here, *given, "trainer.max_epochs=1", "hydra.run.dir=half")
    before = numbers(here / "run")
    # The data is still where the run had it.
    typed("evaluate", tmp_path, "run=here/run", "extractor=none", "paths.cache_dir=cache", *chdir)
    assert numbers(here / "run") == before
    shutil.move(here, there)
    for command, arguments in (("evaluate", ["extractor=none"]), ("sample", ["kind=interpolation", "n=4", "out=out"])):
        place = ["run=run", "paths.data_dir=data", "paths.cache_dir=cache", *chdir]
        typed(command, there, *place, *arguments)
    assert numbers(there / "run") == before
    with np.load(there / "out/samples_interpolation.npz") as path, np.load(there / "run/examples.npz") as known:
        assert path["images"][[0, -1]] == pytest.approx(known["train_reconstructions"][:2] / 255, abs=0.003)
    typed("report", there, "run", QINR_DATA_DIR="data", QINR_CACHE_DIR="cache")
    assert (there / "run/report/report.html").exists()
    places = ["paths.data_dir=data", "paths.cache_dir=cache", *chdir]
    typed("train", there, "resume=half", "trainer.max_epochs=2", *places)
    (there / "run/nearest.png").unlink()  # By evaluate.
    assert differences(there / "run", there / "half") == []
