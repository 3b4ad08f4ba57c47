"""Runs that the tests of exporting share, and the command."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qinr_lightning.settings import call_target
from tests.conftest import exit_status

SMALL = [
    "model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "trainer.max_epochs=1", "decoder.hidden_dim=8",
    "decoder.head_dims=[8]",
]  # fmt: skip


@pytest.fixture(scope="session")
def ae(train_in: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An autoencoder of digits with three measurement groups, trained for an epoch."""
    folder = tmp_path_factory.mktemp("ae")
    train_in(folder, "model=ae", *SMALL, "readout=xyz_zz", "circuit.global_scale=true", "hydra.run.dir=run")
    return folder / "run"


@pytest.fixture(scope="session")
def vae(train_in: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classical VAE of digits, trained for an epoch."""
    folder = tmp_path_factory.mktemp("vae")
    train_in(folder, "model=vae", "decoder=classical", "decoder.hidden_dim=16", *SMALL[:3], "hydra.run.dir=run")
    return folder / "run"


@pytest.fixture
def export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """Runs `python -m qinr_lightning.export ARGUMENTS` in this process and an empty folder; gives its exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.chdir(tmp_path)
        return exit_status(call_target, "export", *arguments)

    return run
