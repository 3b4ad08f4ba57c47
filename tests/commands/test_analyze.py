"""What a run's circuit has learnt, by the command that a user types, on runs that are trained once."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from qinr_lightning.runs import read_json
from qinr_lightning.settings import call_target
from tests.conftest import exit_status

SMALL = ["model=ae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "trainer.max_epochs=1"]
COORDINATE = ["decoder.n_parameters=600", "circuit.n_qubits=3", "circuit.n_reuploads=2"]
RUNS = {
    "reupload": ["circuit.n_qubits=3"],
    "tanh": ["circuit=tanh", "circuit.n_qubits=3"],
    "coordinate": ["decoder=coordinate", *COORDINATE],
}
PICTURES = ("analysis_spectrum.png", "analysis_fourier.png", "analysis_circuit.png")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, train_in):
    """Digits: with the paper's decoder, its tanh twin and a coordinate decoder."""
    folder = tmp_path_factory.mktemp("trained")
    for name, arguments in RUNS.items():
        train_in(folder, *SMALL, *arguments, f"hydra.run.dir={name}")
    return folder


@pytest.fixture
def runs(trained, tmp_path, monkeypatch):
    """A copy to work on."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(trained, tmp_path / "runs"))


def analyze(*arguments):
    """The exit status of the command."""
    return exit_status(call_target, "analyze", *arguments, "n_random=60", "n_images=20")


def strictly(path):
    """The file, which must hold no number that JSON has not."""
    return json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{path.name} holds {name}"))


def test_a_run_beside_its_twin(runs):
    folder = runs / "reupload"
    before = read_json(folder / "metrics.json")
    assert before["resources/gates/RZ"] == 2 * 3
    assert before["resources/circuits_per_image"] == before["circuit/measurement_groups"] == 1
    assert analyze(f"run={folder}", f"against={runs}/tanh") == 0
    after, found = read_json(folder / "metrics.json"), strictly(folder / "analysis.json")
    assert {name: after[name] for name in before} == before
    for picture in PICTURES:
        Image.open(folder / picture).verify()
    assert after["cost/twin/layer_flops"] == after["cost/layer_flops"]
    # Of the circuit's 54 angles and 6 scales; see tests/analysis/test_parameters.py.
    assert after["analysis/rank/quantum"] == 3 * 11 + 6
    assert after["resources/line/two_qubit_gates"] >= after["resources/two_qubit_gates"] == 3 * 3 * 2
    assert len(found["circuit"]["fourier"]) == 3
    assert "circuit" not in found["against"]
    assert found["images"]["n"] == before["test/n"]
    assert max(found["images"]["explained"]["reconstructions"]) < 1

    # The same again is the same, whatever the machine does beside it.
    assert analyze(f"run={folder}") == 0
    assert "cost/twin/layer_flops" not in read_json(folder / "metrics.json")
    again = strictly(folder / "analysis.json")
    del found["against"]
    for one in (found, again):
        del one["cost"]["seconds"]
    assert again == found


def test_a_coordinate_decoder(runs):
    folder = runs / "coordinate"
    n_pixels = 28 * 28
    assert read_json(folder / "metrics.json")["resources/circuits_per_image"] == n_pixels
    assert analyze(f"run={folder}") == 0
    found = strictly(folder / "analysis.json")
    assert sum(found["features"]) == pytest.approx(1)
    assert found["features"][0] == pytest.approx(0, abs=1e-9)
    # A set of angles for each of two encodings, and scales that stay 1.
    assert len(found["circuit"]["fourier"]) == 2 * 3
    assert all(one["reachable"] == [-1, 0, 1] for one in found["circuit"]["fourier"])
    assert 0 < found["jacobian"]["quantum"]["rank"] < found["jacobian"]["decoder"]["rank"] <= 612


def test_a_twin_alone_and_another_run_in_its_place(runs, train_in, capsys):
    folder = runs / "tanh"
    assert analyze(f"run={folder}") == 0
    assert not (folder / "analysis_circuit.png").exists()
    assert set(strictly(folder / "analysis.json")) == {"n_images", "n_random", "seed", "cost", "images", "jacobian"}
    # What was found is of a model that is no more.
    train_in(runs, *SMALL, "circuit=tanh", "dataset.label=1", "overwrite=true", f"hydra.run.dir={folder}")
    assert not list(folder.glob("analysis*"))
    assert analyze(f"run={runs}/reupload", f"against={folder}") == 2
    assert f"against={folder}: was trained on other images" in capsys.readouterr().err
    assert not list((runs / "reupload").glob("analysis*"))


def test_a_run_without_metrics_is_refused(runs, capsys):
    (runs / "reupload/metrics.json").unlink()
    assert analyze(f"run={runs}/reupload", "against=nowhere") == 2
    assert "has no readable metrics.json; evaluate run=" in capsys.readouterr().err
