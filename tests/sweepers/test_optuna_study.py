"""The Optuna sweeper: what is searched, a study that goes on after an interruption, trials that fail."""

import json
from functools import partial

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.utils import instantiate
from optuna import create_study, load_study
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import RandomSampler
from optuna.trial import TrialState

from hydra_plugins.optuna_study import OptunaStudy, open_storage, search_space

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
    search = [*SEARCH, *BOTH, f"hydra.sweeper.storage={storage}"]
    command(*search, "hydra.sweeper.n_trials=2", "hydra.sweep.dir=sweep")
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


def test_trials_are_drawn_by_their_numbers():
    """So that a study that goes on, or a second worker, does not begin with the first trials again."""
    space = search_space(["a=interval(0,1)"])[1]
    sampler = partial(RandomSampler, seed=3)
    drawn = {}
    for parts in ([4], [1, 1, 2]):
        study = create_study()
        for n_trials in parts:
            sweeper = OptunaStudy(["x"], [], n_trials, 1, "study.journal", "train", sampler)
            for _ in range(n_trials):
                drawn.setdefault(len(parts), []).append(sweeper._ask(study, space).params["a"])
    assert len(set(drawn[1])) == 4
    assert drawn[3] == drawn[1]


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


@pytest.fixture(scope="module")
def study(train_in, tmp_path_factory):
    """A folder with the journal of a study with one trial."""
    folder = tmp_path_factory.mktemp("study")
    train_in(
        folder, *SEARCH, "hydra.sweeper.n_trials=1", "hydra.sweeper.storage=study.journal", "hydra.sweep.dir=sweep"
    )
    return folder


CHANGED = [
    (
        "hydra.sweeper.maximize=[] hydra.sweeper.minimize=[test/psnr]",
        "is to maximize, this one to minimize; name",
    ),
    ("hydra.sweeper.minimize=[loss/total]", "is to maximize, this one to maximize and minimize; name another"),
    (
        "hydra.sweeper.maximize=[test/ssim]",
        "objectives: test/psnr=maximize there, test/ssim=maximize here;",
    ),
    ("hydra.sweeper.maximize=[test/psnrr]", "maximize=[test/psnrr]: no run has this metric; did you mean test/psnr?"),
    ("hydra.sweeper.maximize=[test/samples/psnr]", "maximize=[test/samples/psnr]: no run has this metric; "),
    ("hydra.sweeper.minimize=[test/psnr]", "hydra.sweeper.minimize=[test/psnr]: is in hydra.sweeper.maximize, too"),
    ("hydra.sweeper.maximize=[]", "hydra.sweeper.maximize=[]: name a metric here or in hydra.sweeper.minimize"),
    ("readout=z,xyz", "searches readout in CategoricalDistribution(choices=('z', 'xyz_zz')), this one in "),
    ("circuit.n_reuploads=int(interval(1,3))", "searches circuit.n_reuploads in IntDistribution(high=2, "),
    ("readout=z", "searches readout in CategoricalDistribution(choices=('z', 'xyz_zz')), this one in None; "),
    ("circuit.n_blocks=1,2", "has other searched: nothing there, circuit.n_blocks="),
    ("trainer.max_epochs=2", "has other settings: trainer.max_epochs=1 there, trainer.max_epochs=2 here; name another"),
    ("model.lr_classical=interval(2,1)", "model.lr_classical=interval(2,1): "),
    ("model.lr_classical=interval(0,inf)", "model.lr_classical=interval(0,inf): an interval has two ends"),
    ("model.lr_classical=tag(log,interval(0,1))", "model.lr_classical=tag(log,interval(0,1)): "),
    ("circuit.n_blocks=range(1,4,0)", "circuit.n_blocks=range(1,4,0): "),
    ("hydra.sweeper.n_trials=0", "hydra.sweeper.n_trials=0: must be greater than or equal to 1"),
    ("hydra.sweeper.n_jobs=-1", "hydra.sweeper.n_jobs=-1: must be greater than or equal to 1"),
    ("hydra.sweeper.study_name=null", "hydra.sweeper.study_name=null: must be a valid string"),
    ("hydra.sweeper.storage=foo://bar", "hydra.sweeper.storage=foo://bar: cannot be opened (NoSuchModuleError"),
    (f"hydra.sweeper.storage={__file__}", "cannot be opened (JSONDecodeError"),
    (f"hydra.sweeper.storage={__file__}/study.journal", f"study.journal: cannot be made in {__file__}"),
    ("trainer.fast_dev_run=true", "trainer.fast_dev_run=true: a study needs numbers"),
    ("hydra.sweeper.sampler.seed=x", "hydra.sweeper.sampler: cannot be made with seed=x ("),
]


@pytest.mark.parametrize(("changed", "said"), CHANGED, ids=[changed for changed, _ in CHANGED])
def test_another_study_in_the_same_storage_is_refused(changed, said, study, command, tmp_path, capsys):
    keys = {item.split("=")[0] for item in changed.split()}
    search = [item for item in SEARCH if item.split("=")[0] not in keys]
    before = (study / "study.journal").read_bytes()
    options = {"hydra.sweeper.n_trials": "2", "hydra.sweeper.storage": study / "study.journal"}
    given = [f"{key}={value}" for key, value in options.items() if key not in keys]
    with pytest.raises(SystemExit) as left:
        command(*search, *given, *changed.split())
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
    assert (study / "study.journal").read_bytes() == before


def test_the_same_study_goes_on(study, command, tmp_path):
    """And ends at once, with as many trials as it has."""
    storage = f"hydra.sweeper.storage={study / 'study.journal'}"
    command(*SEARCH, storage, "hydra.sweeper.n_trials=1", "hydra.sweep.dir=again")
    assert json.loads((tmp_path / "again/best_trials.json").read_text())[0]["trial"] == 0


@pytest.mark.parametrize(
    "model", ["vae_gan", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ae", "vae", "pqwgan"))]
)
def test_names_of_metrics_are_those_of_a_run(model, command, tmp_path):
    from hydra import compose, initialize_config_dir

    from qinr_lightning.evaluation.metric_names import metric_names
    from qinr_lightning.settings.conf import config_folder

    small = [f"model={model}", "dataset.samples_per_class=40", "trainer.max_epochs=1"]
    command(*small, "hydra.run.dir=run")
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        config = compose("train", small, return_hydra_config=False)
    built = (instantiate(config[part], _convert_="all") for part in ("model", "dataset"))
    model, datamodule = built
    datamodule.prepare_data()
    measured = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metric_names(model, datamodule, None) == set(measured)


def test_mistake_in_a_setting_of_all_trials(command, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        command(*SEARCH, "model.latent_dim=eight")
    assert left.value.code == 2
    assert capsys.readouterr().err == "error: model.latent_dim=eight: must be a valid integer\n"
    assert not list(tmp_path.iterdir())
