"""Every shipped experiment composes, passes the checks and goes through one batch, with the first of what it sweeps."""

import pytest
from hydra import compose, initialize_config_dir

from qinr_lightning.settings.app import config_folder

FOLDER = config_folder() / "experiment"
EXPERIMENTS = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.yaml"))


def composed(experiment):
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", [f"experiment={experiment}"], return_hydra_config=True)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_first_job(experiment, command, celeba_root, idx_root, monkeypatch):
    config = composed(experiment)
    faces = "CelebA" in config.dataset.source._target_
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root if faces else idx_root))
    # What Optuna searches has ranges rather than a first value; its defaults go through.
    params = {} if "Optuna" in config.hydra.sweeper._target_ else config.hydra.sweeper.params or {}
    job = [f"{key}={str(values).split(',')[0]}" for key, values in params.items()]
    few = ["dataset.source.n_augmented=10"] if faces else []
    command(f"experiment={experiment}", *few, *job, "trainer.fast_dev_run=true")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_first_line_says_what_it_is(experiment):
    package, comment, *_ = (FOLDER / f"{experiment}.yaml").read_text().splitlines()
    assert package == "# @package _global_"
    assert comment.startswith("# ")
