"""Every shipped experiment composes, passes the checks and goes through one batch, with the first of what it sweeps."""

import re
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from qinr_lightning.settings.conf import config_folder, experiments


def composed(experiment):
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", [f"experiment={experiment}"], return_hydra_config=True)


@pytest.mark.parametrize("experiment", experiments())
def test_first_job(experiment, command, celeba_root, idx_root, monkeypatch):
    config = composed(experiment)
    faces = "CelebA" in config.dataset.source._target_
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root if faces else idx_root))
    # What Optuna searches has ranges rather than a first value; its defaults go through.
    params = {} if "Optuna" in config.hydra.sweeper._target_ else config.hydra.sweeper.params or {}
    job = [f"{key}={str(values).split(',')[0]}" for key, values in params.items()]
    few = ["dataset.source.n_augmented=10"] if faces else []
    command(f"experiment={experiment}", *few, *job, "trainer.fast_dev_run=true")


@pytest.mark.parametrize("experiment", experiments())
def test_first_line_says_what_it_is(experiment):
    package, comment, *_ = (config_folder() / f"experiment/{experiment}.yaml").read_text().splitlines()
    assert package == "# @package _global_"
    assert comment.startswith("# ")


def test_typed_settings_win_over_what_an_experiment_sweeps(command, idx_root, tmp_path, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(idx_root))
    typed = ["model=qinr_qgan", "recipe=faithful,tuned", "dataset.label=3", "trainer.fast_dev_run=true"]
    command("-m", "experiment=paper/mnist", *typed, "hydra.sweep.dir=sweep")
    jobs = [OmegaConf.load(path).hydra.runtime.choices for path in sorted(tmp_path.glob("sweep/*/.hydra/hydra.yaml"))]
    assert [(job.dataset, job.model, job.recipe) for job in jobs] == [
        ("mnist", "qinr_qgan", "faithful"), ("mnist", "qinr_qgan", "tuned")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("experiment=paper/mnits", "experiment=paper/mnits: no such choice; did you mean paper/mnist? Known here: "),
        ("-m experiment=paper/mnist,paper/mnits", "experiment=paper/mnits: no such choice; did you mean paper/mnist?"),
        ("experiment=mnist", "experiment=mnist: no such choice; did you mean paper/mnist?"),
        ("experiment=xyz", "experiment=xyz: no such choice; known here: ablation/circuit, coordinate/ae"),
        ("-m experiment=paper/mnist_vae", "experiment=paper/mnist_vae: is now experiment=paper/mnist model=vae"),
    ],
)
def test_an_experiment_that_does_not_exist(arguments, message, command, capsys, tmp_path):
    with pytest.raises(SystemExit) as left:
        command(*arguments.split())
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_experiments_in_the_documents_exist():
    root = Path(__file__).parents[2]
    pages = [page for page in (root / "docs").rglob("*.md") if "_build" not in page.parts]
    texts = [page.read_text() for page in (root / "README.md", *pages)]
    named = {name for text in texts for name in re.findall(r"experiment=(\w+(?:/\w+)?)", text)}
    assert {"paper/mnist", "search"} <= named <= set(experiments())
