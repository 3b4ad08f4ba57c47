"""The ablations of the appendices, as a user runs them."""

import json

import pytest

SMALL = ["model.encoder.channels=[4,8]", "trainer.max_epochs=1"]


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text())


def test_joint_training_with_two_readouts(command, tmp_path, idx_root, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(idx_root))
    arguments = [*SMALL, "dataset.samples_per_class=2", "hydra.sweep.dir=sweep"]
    command("-m", "experiment=paper/tables_b1_b2", *arguments)
    z, xyz_zz = (metrics_of(tmp_path / f"sweep/{job}") for job in range(2))
    assert z["train/n"] == xyz_zz["train/n"] == 20
    # 4 x 2 x 6 x 3 angles, 3 x 6 scales, and rho.
    assert z["parameters/quantum"] == xyz_zz["parameters/quantum"] == 144 + 18 + 1
    assert (z["circuit/measurement_groups"], xyz_zz["circuit/measurement_groups"]) == (1, 3)


@pytest.mark.parametrize("choice", ["decoder=classical", "circuit=tanh", "circuit=mlp"])
def test_a_vae_without_a_circuit(choice, command, tmp_path):
    command(*SMALL, "model=vae", choice, "hydra.run.dir=run")
    group, name = choice.split("=")
    facts = json.loads((tmp_path / "run/run.json").read_text())
    assert facts["choices"][group] == name
    assert facts["changed"][group] == name
    assert metrics_of(tmp_path / "run")["parameters/quantum"] == 0
    assert "circuit/measurement_groups" not in metrics_of(tmp_path / "run")
    assert (tmp_path / "run/samples.png").exists()


def test_faces(command, tmp_path, celeba_root):
    # Of the paper's size are those of test_configs.py; here 500 samples are evaluated.
    arguments = ["dataset.image_shape=[1,26,21]", "dataset.source.n_augmented=10", f"paths.data_dir={celeba_root}"]
    command(*SMALL, "dataset=celeba", "model=vae", "dataset.label=identity3", "hydra.run.dir=run", *arguments)
    metrics = metrics_of(tmp_path / "run")
    assert (metrics["train/n"], metrics["test/n"]) == (30, 2)
    assert (metrics["dataset/label"], metrics["parameters/quantum"]) == (3, 4 * 3 * 6 * 3 + 3 * 6)


def test_coloured_faces(command, celeba_root):
    arguments = [
        "dataset.image_shape=[3,78,64]",
        "dataset.source.n_augmented=10",
        f"paths.data_dir={celeba_root}",
        "trainer.fast_dev_run=true",
    ]
    command("dataset=celeba", "model=ae", *arguments)


def test_celeba_that_is_not_there(command, capsys, tmp_path):
    with pytest.raises(SystemExit):
        command("dataset=celeba", "paths.data_dir=nothing")
    error = capsys.readouterr().err
    assert error.startswith("error: paths.data_dir=nothing: celeba is not there")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())
