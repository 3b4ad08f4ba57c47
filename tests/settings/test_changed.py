"""What a run is said to have changed: what was typed, not what that brings with it."""

import logging

import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.settings import changed_settings, run_command


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("model=ae dataset.label=3 seed=1", {}),
        ("dataset=celeba model=vae", {}),
        ("model=pqwgan recipe=tuned", {"recipe": "tuned"}),
        ("model=pqwgan recipe=tuned lr_schedule=none", {"recipe": "tuned", "lr_schedule": "none"}),
        ("model=anogan generator=hybrid", {"generator": "hybrid"}),
        ("model=qinr_qgan generator=coordinate_siren", {"generator": "coordinate_siren"}),
        (
            "model=qinr_qgan recipe=tuned generator=coordinate generator.n_parameters=2400",
            {"generator": "coordinate", "generator.n_parameters": 2400},
        ),
        ("model=ae decoder=classical", {"decoder": "classical"}),
        ("model=ae decoder=coordinate", {"decoder": "coordinate"}),
        (
            "model=ae +decoder_recipe=coordinate model.lr_quantum=0.01",
            {"decoder_recipe": "coordinate", "model.lr_quantum": 0.01},
        ),
        ("dataset=celeba circuit=mlp circuit.hidden_dim=4", {"circuit": "mlp", "circuit.hidden_dim": 4}),
        ("averaging=ema kl.beta=2.0", {"averaging": "ema", "kl.beta": 2.0}),
    ],
)
def test_changed_settings(typed, changed, monkeypatch, tmp_path, celeba_root):
    found = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root))
    monkeypatch.setattr("sys.argv", ["train", *typed.split()])
    GlobalHydra.instance().clear()
    run_command(lambda config: found.append(changed_settings(config)), "train")
    logging.shutdown()
    logging.getLogger().handlers.clear()
    assert found == [changed]
