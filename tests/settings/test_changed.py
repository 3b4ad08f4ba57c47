"""What a run is said to have changed: what was typed, not what that brings with it."""

import logging

import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.settings import changed_by, changed_settings, run_command


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("model=ae dataset.label=3 seed=1", {}),
        ("dataset=celeba model=vae", {}),
        ("model=ae seed=3 dataset.seed=1", {"dataset.seed": 1}),
        ("model=vae seed=3 model.seed=1 dataset.seed=3", {"model.seed": 1}),
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
        (
            "averaging=ema callbacks.averaging.decay=0.9 callbacks.progress.enabled=false",
            {"averaging": "ema", "callbacks.averaging.decay": 0.9},
        ),
        ("dataset=celeba dataset.source.n_augmented=0", {"dataset.source.n_augmented": 0}),
    ],
)
def test_changed_settings(typed, changed, monkeypatch, tmp_path, celeba_root):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root))
    assert in_command("train", typed.split(), monkeypatch, changed_settings) == changed


@pytest.mark.parametrize("name", ["coordinate/vae", pytest.param("plus/ae", marks=pytest.mark.slow)])
def test_an_experiment_is_known_to_other_commands(name, monkeypatch, tmp_path, celeba_root):
    """As the run of it says what it has changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root))
    model = name.rpartition("/")[2]
    datasets = ["digits", "celeba"]
    told = [*((name, dataset, model) for dataset in datasets), ("none/such", "digits", "ae")]
    asked = in_command("report", ["runs=[here]"], monkeypatch, lambda _: [changed_by(*which) for which in told])
    common = [f"experiment={name}", "dataset.label=3", "seed=1", "extractor=classifier"]
    runs = [in_command("train", [*common, f"dataset={of}"], monkeypatch, changed_settings) for of in datasets]
    assert asked == [*runs, None]
    assert all(runs)


def in_command(name, typed, monkeypatch, task):
    """What a task gives inside of a command."""
    found = []
    monkeypatch.setattr("sys.argv", [name, *typed])
    GlobalHydra.instance().clear()
    run_command(lambda config: found.append(task(config)), name)
    logging.shutdown()
    logging.getLogger().handlers.clear()
    (result,) = found
    return result
