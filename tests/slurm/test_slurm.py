"""A sweep on a real Slurm with one node: a preempted job and a killed one go on where they were.

`make test-slurm` runs this; as root it installs Slurm from Debian's packages where it is missing.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qinr_lightning.report import make_report
from qinr_lightning.reporting import collect
from qinr_lightning.runs import read_history, read_json

START = Path(__file__).with_name("start_slurm.sh")
ROOT = Path(__file__).parents[2]
SETTINGS = ["dataset.label=0,1", "model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=150"]

# Slurm looks for what to do every two seconds; the 140 epochs that are left when the test asks take 14 at least.
SLOWLY = ["+callbacks.slow._target_=slow_epochs.SlowEpochs", "+callbacks.slow.seconds=0.1"]

pytestmark = pytest.mark.slurm


@pytest.fixture(scope="module")
def slurm(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """Runs commands of Slurm."""
    folder = tmp_path_factory.mktemp("slurm")
    started = subprocess.run([START, folder], capture_output=True, text=True)
    try:
        if started.returncode != 0:
            pytest.skip(started.stderr.strip().splitlines()[-1])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
            yield lambda *command: subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    finally:
        subprocess.run([START, "--stop", folder], check=True)


def wait(what: str, condition: Callable[[], bool], seconds: float = 600) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def n_epochs(folder: Path) -> int:
    path = folder / "metrics.csv"
    return len(path.read_text().splitlines()) - 1 if path.exists() else 0


def test_preempted_and_killed_jobs_go_on(slurm, tmp_path, command):
    sweep = tmp_path / "sweep"
    launched = subprocess.Popen(
        [sys.executable, "-m", "qinr_lightning.train", "-m", *SETTINGS, f"hydra.sweep.dir={sweep}",
         "hydra/launcher=submitit_slurm", "hydra.launcher.array_parallelism=1",
         "callbacks.checkpoint.every_n_epochs=5", *SLOWLY],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": f"{ROOT}:{START.parent}"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        wait("job 0 trains", lambda: n_epochs(sweep / "0") > 10)
        (array,) = {id.split("_")[0] for id in slurm("squeue", "--noheader", "--array", "--format=%i").split()}
        preempted, killed = f"{array}_0", f"{array}_1"

        def state(job: str) -> str:
            return slurm("squeue", "--noheader", "--array", "--format=%T", f"--jobs={job}", "--states=all")

        slurm("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap=true")
        wait("job 0 is queued again", lambda: state(preempted) == "PENDING")
        n_preempted = n_epochs(sweep / "0")
        wait("job 1 trains", lambda: n_epochs(sweep / "1") > 10)
        number = slurm("squeue", "--noheader", "--format=%A", f"--jobs={killed}")
        processes = [line.split() for line in slurm("scontrol", "listpids", number).splitlines()[1:]]
        for pid in {int(pid) for pid, _, step, *_ in processes if step == "0"}:
            os.kill(pid, signal.SIGKILL)
        wait("job 1 is gone", lambda: state(killed) == "FAILED")
        n_killed = n_epochs(sweep / "1")
        slurm("scontrol", "requeue", killed)
        for job in (preempted, killed):
            # Slurm lets jobs that it has queued again wait for two minutes.
            slurm("scontrol", "update", f"jobid={job}", "starttime=now")
        output, _ = launched.communicate(timeout=900)
    finally:
        launched.kill()
        launched.communicate()
    assert launched.returncode == 0, output
    assert "sweep: 2 of 2 jobs done" in output
    assert 10 < n_preempted < 150
    assert 10 < n_killed < 150

    command("-m", *SETTINGS, "hydra.sweep.dir=uninterrupted")
    for job, resumed_after in (("0", n_preempted), ("1", n_killed // 5 * 5)):
        went_on = f"queued again by Slurm: going on after epoch {resumed_after} from"
        assert went_on in (sweep / job / "train.log").read_text()
        assert read_history(sweep / job / "metrics.csv") == read_history(
            tmp_path / "uninterrupted" / job / "metrics.csv"
        )
        found, expected = (read_json(folder / job / "metrics.json") for folder in (sweep, tmp_path / "uninterrupted"))
        for metrics in (found, expected):
            del metrics["time/fit_seconds"]
        assert found == expected
        uninterrupted = {path.name for path in (tmp_path / "uninterrupted" / job).iterdir()}
        assert {path.name for path in (sweep / job).iterdir()} == uninterrupted
        assert json.loads((sweep / job / "status.json").read_text())["state"] == "finished"
    make_report([str(sweep)])
    assert "Runs that are not in here" not in (sweep / "report/tables.md").read_text()
    assert len(collect([str(sweep)]).runs) == 2


def test_a_comparison_trains_its_runs_there(slurm, tmp_path):
    def compare(out: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "qinr_lightning.compare", "sides.tanh=circuit=tanh", "sides.mlp=circuit=mlp",
             "labels=0", "seeds=1", "model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=1", f"out={out}",
             *arguments],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    output = compare("there", "hydra/launcher=submitit_slurm")
    assert "2 are to be trained" in output
    assert "missing" not in output
    # Results are there before their job is gone.
    wait("the jobs have ended", lambda: not slurm("squeue", "--noheader"))
    assert len(slurm("squeue", "--noheader", "--array", "--format=%i", "--states=all").split()) >= 2
    assert "missing" not in compare("here")
    there, here = (read_json(tmp_path / folder / "comparison.json") for folder in ("there", "here"))
    assert there["pairs"] == here["pairs"] != []
