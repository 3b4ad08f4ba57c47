"""The built wheel works from any folder: the configuration travels inside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_wheel_trains_from_an_empty_folder(tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", tmp_path / "dist"], check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    subprocess.run([*pip, "install", wheel, "--no-deps", "--target", tmp_path / "site"], check=True)
    (tmp_path / "empty").mkdir()
    run = [sys.executable, "-m", "qinr_lightning.train", "trainer.max_epochs=1", "hydra.run.dir=run"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(run, cwd=tmp_path / "empty", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "empty/run/metrics.json").exists()
    code = "import qinr_lightning.settings.conf as conf; print(conf.config_folder())"
    where = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert where.stdout.strip() == str(tmp_path / "site/qinr_lightning/conf")
