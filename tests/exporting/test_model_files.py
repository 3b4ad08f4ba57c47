"""A model that is handed on: one file or a folder for the Hub, opened without the run, trusted no more than a run."""

import json
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from qinr_lightning import load_model
from qinr_lightning.errors import SettingError
from qinr_lightning.runs import open_model, read_json


@pytest.mark.parametrize("format", ["safetensors", "hub"])
def test_the_model_without_its_run(format, ae, export, tmp_path, monkeypatch):
    copy = Path(shutil.copytree(ae, tmp_path / "elsewhere"))
    out = "handed on/model.safetensors" if format == "safetensors" else "handed on"
    assert export(f"run={copy}", f"format={format}", f"out={out}") == 0
    shutil.rmtree(copy)
    original, loaded = open_model(ae), load_model(out)
    assert not loaded.training
    for name, value in original.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name
    images = torch.rand(3, 1, 28, 28)
    assert torch.equal(original(images), loaded(images))


def test_importing_the_package_imports_no_pytorch():
    code = "import qinr_lightning, sys; assert not {'torch', 'hydra', 'safetensors'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_card_says_what_was_measured_on_which_images(ae, export):
    assert export(f"run={ae}", "format=hub", "out=hub") == 0
    card, metrics = Path("hub/README.md").read_text(), read_json(ae / "metrics.json")
    assert card.startswith("---\nlibrary_name: qinr_lightning\n")
    (row,) = [line for line in card.splitlines() if line.startswith("| reconstructions | test split")]
    assert f"(N = {metrics['test/n']})" in row
    assert f"PSNR (dB) {metrics['test/psnr']:.2f}" in row
    assert "scikit-learn's digits, class 0: 40 training images" in card
    assert "1 epochs, seed 0" in card
    assert "`readout=xyz_zz`" in card
    assert json.loads(Path("hub/config.json").read_text()) == load_model("hub").config


def test_a_card_needs_a_finished_run(ae, export, tmp_path, capsys):
    copy = Path(shutil.copytree(ae, tmp_path / "copy"))
    (copy / "metrics.json").unlink()
    assert export(f"run={copy}", "format=hub", "out=hub") == 2
    assert "a model card needs a finished run (not finished: there is no metrics.json" in capsys.readouterr().err
    assert not Path("hub").exists()


def test_pushing(ae, export, monkeypatch, capsys):
    """With a client in place of huggingface_hub's: nothing here reaches the Hub."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert export(f"run={ae}", "format=hub", "out=hub", "push_to_hub=lab/digits") == 2
    assert capsys.readouterr().err.startswith("error: push_to_hub=lab/digits: huggingface_hub is not installed; pip")
    assert not Path("hub").exists()
    pushed = {}

    class HfApi:
        def create_repo(self, repo_id, exist_ok):
            if repo_id == "lab/closed":
                raise ConnectionError("401\nlog in first")
            pushed["repository"] = repo_id

        def upload_folder(self, repo_id, folder_path):
            pushed["files"] = sorted(path.name for path in Path(folder_path).iterdir())
            return f"https://hub/{repo_id}"

    client = types.ModuleType("huggingface_hub")
    client.HfApi = HfApi
    monkeypatch.setitem(sys.modules, "huggingface_hub", client)
    assert export(f"run={ae}", "format=hub", "out=hub", "push_to_hub=lab/digits") == 0
    assert pushed == {"repository": "lab/digits", "files": ["README.md", "config.json", "model.safetensors"]}
    assert "https://hub/lab/digits" in capsys.readouterr().out
    assert export(f"run={ae}", "format=hub", "out=hub", "push_to_hub=lab/closed") == 2
    assert capsys.readouterr().err == ("error: push_to_hub=lab/closed: the Hub does not take hub (401 log in first)\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("out=model.pt", "out=model.pt: must be a file to write, with a name that ends in .safetensors"),
        ("", "out=null: must be a file to write"),
        ("format=torch out=x", "format=torch: must be 'safetensors'"),
        ("out=m.safetensors push_to_hub=a/b", "push_to_hub=a/b: goes with format=hub"),
        ("format=hub out=x push_to_hub=a", "push_to_hub=a: must be ORGANISATION/NAME"),
        ("out=m.safetensors run=nowhere", "run=nowhere: must be a run folder"),
    ],
)
def test_a_wrong_setting_gets_one_line(arguments, message, ae, export, capsys, tmp_path):
    given = [] if "run=" in arguments else [f"run={ae}"]
    assert export(*given, *arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def replace_config(file, change):
    with safe_open(file, framework="pt") as content:
        metadata, tensors = content.metadata(), {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    config = json.loads(metadata["config"])
    change(config)
    save_file(tensors, file, metadata | {"config": json.dumps(config)})


def test_what_a_strangers_file_names_does_not_run(ae, export, tmp_path, monkeypatch):
    assert export(f"run={ae}", "out=m.safetensors") == 0
    payload = {"_target_": "pathlib.Path.touch", "self": "touched"}
    replace_config("m.safetensors", lambda config: config["decoder"].update(circuit=payload))
    with pytest.raises(SettingError, match=r"its decoder\.circuit\._target_ is pathlib\.Path\.touch, which is not of"):
        load_model("m.safetensors")
    assert not Path("touched").exists()


def test_a_circuit_of_ones_own_is_trusted_as_that_of_a_run_is(train_in, export, tmp_path, monkeypatch):
    from qinr_lightning.runs import trust

    (tmp_path / "own_gates.py").write_text(
        "from qinr_lightning.quantum import Gate, Input, Parameter\n\n\n"
        "def gates(n):\n    return [Gate('RX', (0,), (Input(0),)), Gate('RY', (0,), (Parameter(0),))]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    small = ["model=ae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "trainer.max_epochs=1"]
    own = ["circuit=ansatz", "circuit.function=own_gates.gates", "circuit.n_qubits=1", "decoder.head_dims=[8]"]
    train_in(tmp_path, *small, *own, "hydra.run.dir=run")
    assert export("run=run", "out=m.safetensors") == 0
    try:
        assert load_model("m.safetensors").decoder.circuit.n_qubits == 1
        monkeypatch.setattr(trust, "_key", lambda: b"?" * 32)  # Somebody else.
        with pytest.raises(SettingError, match=r"own_gates\.gates, which is not of this package; .* trust=own_gates"):
            load_model("m.safetensors")
        assert load_model("m.safetensors", trust="own_gates").decoder.circuit.n_qubits == 1
    finally:
        sys.modules.pop("own_gates", None)


def test_what_is_no_model(tmp_path):
    file = tmp_path / "m.safetensors"
    file.write_bytes(b"\xff" * 100)
    with pytest.raises(SettingError, match="cannot be read as a model in safetensors format"):
        load_model(file)
    save_file({"weight": torch.zeros(1)}, file)
    with pytest.raises(SettingError, match="holds no description of its model"):
        load_model(file)
    with pytest.raises(SettingError, match="must be a checkpoint or a run folder"):
        load_model(tmp_path / "nothing.safetensors")
