"""A sweep with any launcher has the same run folders and numbers; its progress and its failures are told."""

import os
import subprocess
import sys
from pathlib import Path

import cloudpickle
import pytest

from qinr_lightning import train
from qinr_lightning.runs import read_json

ROOT = Path(__file__).parents[2]
SWEEP = ["-m", "dataset.label=0,1", "model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=2"]


def results(sweep: Path) -> dict[str, dict[str, float]]:
    """Metrics of every job, times aside."""
    metrics = {path.parent.name: read_json(path.parent / "metrics.json") for path in sweep.glob("*/metrics.json")}
    return {job: {k: v for k, v in values.items() if not k.startswith("time/")} for job, values in metrics.items()}


def typed(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qinr_lightning.train", *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def test_the_command_can_be_sent_to_another_process():
    """As the launchers send it: by value, since its module is the one that was started."""
    cloudpickle.register_pickle_by_value(train)
    try:
        cloudpickle.dumps(train.train)
    finally:
        cloudpickle.unregister_pickle_by_value(train)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_same_folders_and_numbers_as_one_after_another(launcher, command, tmp_path):
    done = typed(tmp_path, *SWEEP, f"hydra/launcher={launcher}", "hydra.sweep.dir=parallel")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "sweep: 2 of 2 jobs done, 0 running"
    assert "epoch" not in done.stdout, "what the jobs print would be garbled"
    assert done.stderr == ""
    command(*SWEEP, "hydra.sweep.dir=serial")
    assert results(tmp_path / "parallel") == results(tmp_path / "serial")
    assert len(results(tmp_path / "serial")) == 2


@pytest.mark.slow
def test_failed_job_is_named_and_stops_no_other(tmp_path):
    # Diverges: Adam's first step makes parameters of this size; a variance is the exponential of a thousand of them.
    sweep = [item.replace("model=ae", "model=vae") for item in SWEEP]
    arguments = [*sweep, "model.lr_classical=2e-3,10", "hydra/launcher=joblib", "hydra.sweep.dir=sweep"]
    done = typed(tmp_path, *arguments)
    assert done.returncode == 1
    assert "sweep: 2 of 4 jobs done, 0 running, 2 failed" in done.stdout
    assert "2 of 4 jobs failed, 2 finished" in done.stderr
    for job in ("1", "3"):
        assert f"sweep/{job}: FloatingPointError: loss/total of epoch 1 is nan" in done.stderr
    assert set(results(tmp_path / "sweep")) == {"0", "2"}


def test_progress_of_a_sweep_one_after_another(command, tmp_path, capsys):
    command(*SWEEP, "hydra.sweep.dir=sweep")
    assert capsys.readouterr().out.splitlines()[-1] == "sweep: 2 of 2 jobs done, 0 running"
