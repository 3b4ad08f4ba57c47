"""`resume=FOLDER` goes on with the run, with its own settings and what is typed beside."""

import json
import shutil

import pytest
import torch
from omegaconf import OmegaConf

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import find_runs, read_history, read_status
from qinr_lightning.runs.checkpoints import read_checkpoint
from tests.runs.conftest import SMALL

MANY = [*SMALL["ae"], "dataset.label=3", "seed=7", "circuit.n_reuploads=1", "trainer.max_epochs=1"]


@pytest.fixture(scope="module")
def trained(train_in, tmp_path_factory):
    """Folder of a run of an epoch, whose settings are not the usual ones; not to be changed."""
    folder = tmp_path_factory.mktemp("trained")
    train_in(folder, *MANY, "hydra.run.dir=run")
    return folder / "run"


@pytest.fixture
def run(trained, tmp_path):
    """A copy in another folder."""
    return shutil.copytree(trained, tmp_path / "run")


def config_of(folder):
    return OmegaConf.to_container(OmegaConf.load(folder / ".hydra/config.yaml"), resolve=False)


def test_every_setting_is_that_of_the_run(run, train_in, tmp_path, capsys):
    before, name = config_of(run), read_status(run).run_id
    train_in(tmp_path, "resume=run/checkpoints/last.ckpt", "trainer.max_epochs=2")
    assert config_of(run) == before | {"trainer": before["trainer"] | {"max_epochs": 2}}
    metrics = json.loads((run / "metrics.json").read_text())
    assert (metrics["dataset/label"], metrics["seed"], metrics["epochs"]) == (3, 7, 2)
    assert read_status(run).run_id == name
    assert json.loads((run / "run.json").read_text())["run_id"] == name
    assert find_runs(tmp_path) == [run]
    capsys.readouterr()
    train_in(tmp_path, "resume=run")
    assert "nothing is left to do, all 2 epochs are trained and measured" in capsys.readouterr().out


def test_rates_and_options_that_are_typed_are_used(run, train_in, tmp_path):
    typed = ["model.lr_classical=0.05", "optimizer.betas=[0.5,0.9]", "trainer.max_epochs=2"]
    train_in(tmp_path, "resume=run", *typed)
    assert [row["lr/classical"] for row in read_history(run / "metrics.csv")] == pytest.approx([0.002, 0.05])
    state = torch.load(run / "checkpoints/last.ckpt", weights_only=True)["optimizer_states"][0]
    assert {group["name"]: (group["lr"], list(group["betas"])) for group in state["param_groups"]} == {
        "classical": (0.05, [0.5, 0.9]), "quantum": (0.0005, [0.5, 0.9])
    }  # fmt: skip
    assert config_of(run)["model"]["lr_classical"] == 0.05


def test_a_default_that_has_changed_since_is_typed_to_go_on(train_in, tmp_path, capsys):
    own, run = "decoder.head_activation=leaky_relu", tmp_path / "run"
    train_in(tmp_path, *MANY, own, "hydra.run.dir=run")
    overrides = run / ".hydra/overrides.yaml"
    overrides.write_text(overrides.read_text().replace(f"- {own}\n", ""))  # As if it had been the default.
    with pytest.raises(SystemExit, match="2"):
        train_in(tmp_path, "resume=run", "trainer.max_epochs=2")
    line = f"resume={run}: its decoder.head_activation is leaky_relu, which is null by now; type {own} beside it"
    assert capsys.readouterr().err == f"error: {line}\n"
    train_in(tmp_path, "resume=run", "trainer.max_epochs=2", own)
    assert [row["epoch"] for row in read_history(run / "metrics.csv")] == [1, 2]
    assert config_of(run)["decoder"]["head_activation"] == "leaky_relu"


def test_the_time_of_all_parts_counts(run, train_in, tmp_path):
    file = run / "checkpoints/last.ckpt"
    saved = torch.load(file, weights_only=True)
    saved["run"]["seconds"] = 1e6
    torch.save(saved, file)
    train_in(tmp_path, "resume=run", "trainer.max_epochs=2")
    assert json.loads((run / "metrics.json").read_text())["time/fit_seconds"] > 1e6


@pytest.mark.parametrize(
    "planted",
    ["+callbacks.planted._target_=builtins.print", "circuit={function:'evil:run'}", "+model.decoder._args_=[1]"],
)
def test_what_somebody_else_has_typed_has_to_be_typed_again(planted, run, train_in, tmp_path, capsys):
    overrides = run / ".hydra/overrides.yaml"
    overrides.write_text(overrides.read_text() + f'- "{planted}"\n')
    with pytest.raises(SystemExit) as left:
        train_in(tmp_path, "resume=run", "trainer.max_epochs=2")
    assert left.value.code == 2
    assert f"somebody else has typed {planted}; type it again if you trust it" in capsys.readouterr().err


def test_nothing_of_a_stranger_is_imported_to_find_what_has_changed(run, train_in, tmp_path, capsys, monkeypatch):
    (tmp_path / "strange_payload.py").write_text("raise SystemExit('the code of a stranger runs')\n")
    monkeypatch.syspath_prepend(tmp_path)
    own, strange = "qinr_lightning.quantum.ReuploadingCircuit", "strange_payload.Circuit"
    for name in ("config.yaml", "overrides.yaml"):
        file = run / ".hydra" / name
        file.write_text(file.read_text().replace(own, strange))
    overrides = run / ".hydra/overrides.yaml"
    overrides.write_text(overrides.read_text() + f"- circuit._target_={strange}\n")
    with pytest.raises(SystemExit, match="2"):
        train_in(tmp_path, "resume=run", "trainer.max_epochs=2", f"circuit._target_={own}")
    assert f"is {strange} in {run}; with another value it is another run" in capsys.readouterr().err


def test_another_choice_leaves_out_what_was_typed_for_the_one_before(train_in, tmp_path):
    train_in(tmp_path, *MANY, "lr_schedule=linear", "lr_schedule.end_factor=0.1", "hydra.run.dir=run")
    train_in(tmp_path, "resume=run", "trainer.max_epochs=2", "lr_schedule=one_cycle")
    assert "OneCycle" in config_of(tmp_path / "run")["lr_schedule"]["_target_"]


@pytest.mark.slow
def test_a_finished_run_is_measured_again_with_another_extractor(train_in, tmp_path):
    small = [*SMALL["vae"], "trainer.max_epochs=1"]
    extractor = ["extractor=classifier", "extractor.steps=2", f"paths.cache_dir={tmp_path}/cache"]
    train_in(tmp_path, *small, "hydra.run.dir=run")
    train_in(tmp_path, "resume=run", *extractor)
    assert "classifier/hash" in json.loads((tmp_path / "run/metrics.json").read_text())
    assert [row["epoch"] for row in read_history(tmp_path / "run/metrics.csv")] == [1]


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({}, "cannot be read as a checkpoint"),
        ({"state_dict": {}, "signatures": 3}, "is no checkpoint of this package: its signatures is no dict"),
        ({"state_dict": {}, "run": 3, "epoch": 0}, "is no checkpoint of this package: its run is no dict"),
        ({"state_dict": {}, "epoch": "1"}, "is no checkpoint of this package: its epoch is no int"),
    ],
)
def test_a_checkpoint_of_something_else(saved, message, tmp_path):
    torch.save(saved, tmp_path / "last.ckpt")
    with pytest.raises(SettingError, match=message):
        read_checkpoint(tmp_path / "last.ckpt", "resume")


def test_only_what_this_job_has_begun_goes_on_when_slurm_queues_it_again(train_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    train_in(tmp_path, *MANY, "hydra.run.dir=run")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    train_in(tmp_path, *MANY, "hydra.run.dir=run")
    assert "nothing is left to do" in capsys.readouterr().out
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    other = [*MANY[:-1], "trainer.max_epochs=2"]
    other[other.index("seed=7")] = "seed=1"
    with pytest.raises(SystemExit, match="2"):
        train_in(tmp_path, *other, "hydra.run.dir=run")
    assert "hydra.run.dir=" in capsys.readouterr().err
    train_in(tmp_path, *other, "hydra.run.dir=run", "overwrite=true")
    assert config_of(tmp_path / "run")["seed"] == 1
    assert [row["epoch"] for row in read_history(tmp_path / "run/metrics.csv")] == [1, 2]
