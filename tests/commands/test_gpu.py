"""Trained on a GPU and gone on with on a CPU. Skipped where there is no GPU."""

import json

import pytest
import torch

from qinr_lightning.evaluate import call_target
from qinr_lightning.runs import read_history
from qinr_lightning.train import train
from tests.conftest import exit_status
from tests.runs.conftest import SMALL

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

COORDINATE = [*SMALL["vae"], "decoder.n_parameters=580"]
RUNS = {
    "AE": SMALL["ae"],
    "VAE, every readout": [*SMALL["vae"], "readout=xyz_zz", "kl=capacity"],
    "classical": [*SMALL["vae"], "decoder=classical"],
    "without the adjoint method": [*SMALL["ae"], "backend.gradient=autograd"],
    "noise": [*SMALL["ae"], "noise=depolarizing", "circuit.n_reuploads=1", "circuit.n_qubits=3"],
    "shots": [*SMALL["ae"], "backend.shots=64", "circuit.n_reuploads=1", "circuit.n_qubits=3"],
    "PennyLane": [*SMALL["ae"], "backend=pennylane", "circuit.n_reuploads=1"],
    "coordinate": [*COORDINATE, "decoder=coordinate", "decoder.warp=affine"],
    "several circuits": [
        *COORDINATE, "decoder=coordinate", "circuit.n_qubits=2", "circuit.n_reuploads=2", "decoder.n_circuits=null",
    ],
    **{kind: [*COORDINATE, f"decoder=coordinate_{kind}"] for kind in ("siren", "mfn", "rff", "mlp")},
    "QINR-QGAN": SMALL["gan"],
    "coordinate generator": [*SMALL["gan"][:2], "generator=coordinate", "critic.hidden_dims=[8]"],
    "PQWGAN": ["model=pqwgan", "dataset.samples_per_class=12", "critic.hidden_dims=[8]"],
    "Quantum AnoGAN": ["model=anogan", "dataset.samples_per_class=12", "critic.hidden_dims=[8]"],
}  # fmt: skip


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text())


def on(accelerator, *arguments):
    return exit_status(train, "train", *arguments, f"trainer.accelerator={accelerator}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "run"


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_trained_on_a_gpu_measured_on_a_cpu(settings, folder):
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    assert on("gpu", *settings, "trainer.max_epochs=1", "hydra.run.dir=run") == 0
    assert torch.cuda.max_memory_allocated() > before
    trained = metrics_of(folder)
    assert exit_status(call_target, "evaluate", f"run={folder}") == 0
    measured = metrics_of(folder)
    for name in ("train/psnr", "train/ssim", "test/psnr", "train/samples/pairwise_distance"):
        assert (name in measured) == (name in trained)
        if name in trained:
            # Convolutions on a GPU round their products to TF32; 1e-3 is also what evaluate warns from.
            assert measured[name] == pytest.approx(trained[name], abs=5e-3), name


@pytest.mark.parametrize("kind", ["ae", "vae", "gan"])
@pytest.mark.parametrize(("first", "second"), [("gpu", "cpu"), ("cpu", "gpu")])
def test_gone_on_with_on_the_other(kind, first, second, folder):
    assert on(first, *SMALL[kind], "trainer.max_epochs=1", "hydra.run.dir=run") == 0
    assert on(second, "resume=run", "trainer.max_epochs=2") == 0
    rows = read_history(folder / "metrics.csv")
    assert [row["epoch"] for row in rows] == [1, 2]
    assert metrics_of(folder)["epochs"] == 2


@pytest.mark.parametrize("kind", ["vae", "coordinate", "gan"])
def test_the_same_command_gives_the_same_numbers(kind, folder):
    settings = [*COORDINATE, "decoder=coordinate"] if kind == "coordinate" else SMALL[kind]
    for name in ("one", "two"):
        assert on("gpu", *settings, "trainer.max_epochs=2", f"hydra.run.dir={name}") == 0
    one, two = (metrics_of(folder.with_name(name)) for name in ("one", "two"))
    assert {n: v for n, v in one.items() if not n.startswith("time/")} == {
        n: v for n, v in two.items() if not n.startswith("time/")
    }


@pytest.mark.parametrize("precision", ["16-mixed", "bf16-mixed"])
@pytest.mark.parametrize("kind", ["ae", "coordinate"])
def test_mixed_precision(kind, precision, folder):
    settings = SMALL["ae"] if kind == "ae" else [*COORDINATE, "decoder=coordinate"]
    # Enough steps for the scale of the gradients to come down from 65,536; those that overflow are left out.
    settings = [*settings, "dataset.batch_size=4", "trainer.max_epochs=4"]
    assert on("gpu", *settings, f"trainer.precision={precision}", "hydra.run.dir=run") == 0
    losses = [row["loss/total"] for row in read_history(folder / "metrics.csv")]
    assert losses[-1] < losses[0]


def test_two_gpus_asked_where_there_is_one(folder, capsys):
    if torch.cuda.device_count() > 1:
        pytest.skip("there are several")
    assert on("gpu", *SMALL["ae"], "trainer.devices=2") == 2
    assert "trainer.devices=2: must be at most 1, the GPUs there are" in capsys.readouterr().err
