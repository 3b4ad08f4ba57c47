"""`resume=FOLDER` goes on with the run, with its own settings and what is typed beside."""

import json
import shutil

import pytest
import torch
from omegaconf import OmegaConf

from qinr_lightning.runs import find_runs, read_history, read_status
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
