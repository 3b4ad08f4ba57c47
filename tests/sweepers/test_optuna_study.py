"""The Optuna sweeper: what is searched, a study that goes on after an interruption, trials that fail."""

import json

import pytest
from hydra.errors import HydraException
from optuna import load_study
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from hydra_plugins.optuna_study import open_storage, search_space

TRIAL = ["model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=1", "dataset.samples_per_class=40"]
SEARCH = ["-m", *TRIAL, "hydra/sweeper=optuna", "circuit.n_reuploads=int(interval(1,2))", "readout=z,xyz_zz"]
BOTH = ["hydra.sweeper.maximize=[test/psnr]", "hydra.sweeper.minimize=[loss/reconstruction]"]


@pytest.mark.parametrize(
    ("override", "distribution"),
    [
        ("a=interval(0.5,2)", FloatDistribution(0.5, 2)),
        ("a=tag(log,interval(1e-4,1e-2))", FloatDistribution(1e-4, 1e-2, log=True)),
        ("a=int(interval(1,4))", IntDistribution(1, 4)),
        ("a=range(16,129,16)", IntDistribution(16, 128, step=16)),
        ("a=range(1,4)", IntDistribution(1, 3)),
        ("a=choice(z,xyz_zz)", CategoricalDistribution(["z", "xyz_zz"])),
        ("a=[4,8],[16]", CategoricalDistribution(["[4,8]", "[16]"])),
    ],
)
def test_what_is_searched(override, distribution):
    assert search_space([override]) == ([], {"a": distribution})


def test_later_settings_win():
    assert search_space(["a=1,2", "b=3", "a=4", "b=5,6"]) == (["a=4"], {"b": CategoricalDistribution(["5", "6"])})


def test_kind_that_is_not_known():
    with pytest.raises(HydraException, match=r"a=range\(0.1,0.5,0.1\): the Optuna sweeper takes"):
        search_space(["a=range(0.1,0.5,0.1)"])


@pytest.mark.parametrize("storage", ["study.journal", pytest.param("sqlite:///study.db", marks=pytest.mark.slow)])
def test_study_goes_on_where_it_was_and_knows_its_front(storage, command, tmp_path):
    search = [*SEARCH, *BOTH, f"hydra.sweeper.storage={storage}", "hydra.sweep.dir=sweep"]
    command(*search, "hydra.sweeper.n_trials=2")
    assert {path.name for path in (tmp_path / "sweep").iterdir() if path.is_dir()} == {"0", "1"}
    # Also as a second worker would: with a folder of its own.
    command(*search, "hydra.sweeper.n_trials=3", "hydra.sweep.dir=other")
    assert {path.name for path in (tmp_path / "other").iterdir() if path.is_dir()} == {"2"}
    command(*search, "hydra.sweeper.n_trials=3", "hydra.sweep.dir=other")

    study = load_study(study_name="train", storage=open_storage(storage))
    assert [trial.number for trial in study.trials] == [0, 1, 2]
    for trial, folder in zip(study.trials, ("sweep/0", "sweep/1", "other/2"), strict=True):
        metrics = json.loads((tmp_path / folder / "metrics.json").read_text())
        assert trial.values == [metrics["test/psnr"], metrics["loss/reconstruction"]]
        overrides = (tmp_path / folder / ".hydra/overrides.yaml").read_text()
        assert all(f"{setting}={value}" in overrides for setting, value in trial.params.items())
    front = [
        trial.number
        for trial in study.trials
        if not any(
            a.values != trial.values and a.values[0] >= trial.values[0] and a.values[1] <= trial.values[1]
            for a in study.trials
        )
    ]
    best = json.loads((tmp_path / "other/best_trials.json").read_text())
    assert [row["trial"] for row in best] == front


def test_trial_that_fails_stops_no_other(command, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        command(
            "-m", *TRIAL, "hydra/sweeper=optuna", "model.lr_classical=-1,2e-3", "hydra.sweeper.n_trials=4",
            "hydra.sweep.dir=sweep",
        )  # fmt: skip
    assert left.value.code == 2
    assert "error: model.lr_classical=-1" in capsys.readouterr().err
    study = load_study(study_name="train", storage=open_storage(str(tmp_path / "sweep/study.journal")))
    assert len(study.trials) == 4
    states = {(trial.params["model.lr_classical"], trial.state) for trial in study.trials}
    assert states == {("-1", TrialState.FAIL), ("0.002", TrialState.COMPLETE)}


def test_mistake_in_a_setting_of_all_trials(command, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        command(*SEARCH, "model.latent_dim=eight")
    assert left.value.code == 2
    assert capsys.readouterr().err == "error: model.latent_dim=eight: must be a valid integer\n"
    assert not list(tmp_path.iterdir())
