"""Nothing from a stranger's folder runs: planted payloads are refused in one line by all commands that open folders."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
import yaml
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import load_model, open_datamodule, open_model
from qinr_lightning.runs.trust import check_trusted, own_classes
from qinr_lightning.settings import call_target, run_command

SMALL = ["model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=1", "dataset.samples_per_class=40"]
MARK = "touched by a payload"
PAYLOADS = [
    # Functions and classes of other modules, at any depth, by any spelling.
    {"_target_": "sympy.sympify", "a": "__import__('pathlib').Path('MARK').touch()"},
    {"_target_": "os.system", "command": "touch MARK"},
    {"_target_": "subprocess.run", "args": ["touch", "MARK"]},
    {"_target_": "subprocess.check_output", "args": ["touch", "MARK"]},
    {"_target_": "subprocess.Popen", "args": ["touch", "MARK"]},
    {"_target_": "pathlib.Path.touch", "self": "MARK"},
    {"_target_": "builtins.eval", "_args_": ["open('MARK', 'w')"]},
    {"_target_": "builtins.exec", "_args_": ["open('MARK', 'w')"]},
    {"_target_": "builtins.open", "file": "MARK", "mode": "w"},
    {"_target_": "io.open", "file": "MARK", "mode": "w"},
    {"_target_": "codecs.open", "filename": "MARK", "mode": "w"},
    {"_target_": "shutil.copy", "src": "/etc/hostname", "dst": "MARK"},
    {"_target_": "torch.load", "f": "evil.pt", "weights_only": False},
    {"_target_": "torch.save", "obj": 1, "f": "MARK"},
    {"_target_": "torch.hub.load", "repo_or_dir": ".", "model": "evil", "source": "local"},
    {"_target_": "numpy.savetxt", "fname": "MARK", "X": [1]},
    {"_target_": "numpy.load", "file": "evil.npy", "allow_pickle": True},
    {"_target_": "pickle.loads", "data": "cos"},
    {"_target_": "runpy.run_path", "path_name": "evil.py"},
    {"_target_": "importlib.import_module", "name": "evil"},
    {"_target_": "logging.FileHandler", "filename": "MARK"},
    {"_target_": "urllib.request.urlopen", "url": "file:///etc/hostname"},
    {"_target_": "hydra.utils.call", "config": {"_target_": "os.system", "command": "touch MARK"}},
    {"_target_": "hydra.utils.get_method", "path": "evil.run"},
    {"_target_": "evil.Decoder"},
    # This package's own functions are no classes to build from.
    {"_target_": "qinr_lightning.runs.write_json", "path": "MARK", "content": {}},
    {"_target_": "qinr_lightning.runs.folder.write_json", "path": "MARK", "content": {}},
    {"_target_": "qinr_lightning.train.train", "config": {}},
    {"_target_": "qinr_lightning.models.base.torch.save", "obj": 1, "f": "MARK"},
    {"_target_": "qinr_lightning.data.sources.Path.touch", "self": "MARK"},
    # Functions of circuits, and devices that compute elsewhere.
    {"_target_": "qinr_lightning.quantum.AnsatzCircuit", "function": "evil.run"},
    {"_target_": "qinr_lightning.quantum.QNodeCircuit", "function": "evil:run", "n_qubits": 1, "weight_shapes": {}},
    {"_target_": "qinr_lightning.quantum.PennyLaneBackend", "device": "evil.device"},
    {"_target_": "qinr_lightning.quantum.AnsatzCircuit", "_args_": ["evil:run"]},
    {"_target_": "qinr_lightning.quantum.AnsatzCircuit", "function": ["evil.run"]},
    # Instructions to Hydra, and references that would be followed.
    {"_target_": "qinr_lightning.networks.TanhStandIn", "_args_": [6]},
    {"_target_": "qinr_lightning.networks.TanhStandIn", "_partial_": True},
    {"_target_": "qinr_lightning.networks.TanhStandIn", "n_qubits": "${oc.env:SECRET}"},
    {"_target_": "qinr_lightning.networks.TanhStandIn", "n_qubits": "${oc.decode:'__import__'}"},
    {"_target_": "${oc.env:SECRET}"},
    {"_target_": "qinr_lightning.networks.TanhStandIn", "${oc.env:SECRET}": 1},
]


def ids(payload):
    return str(payload.get("_target_"))


def run(name, *arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [name, *arguments])
        GlobalHydra.instance().clear()
        try:
            run_command(call_target, name)
        except SystemExit as left:
            return left.code
    return 0


@pytest.fixture(scope="module")
def trained(train_in, tmp_path_factory):
    """A finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QINR_CACHE_DIR", str(folder / "cache"))
        train_in(folder, *SMALL, "hydra.run.dir=run")
    return folder / "run"


@pytest.fixture
def planted(trained, tmp_path, monkeypatch):
    """A copy of the run in an empty folder, beside a module and files that leave a mark when they are run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", MARK)
    monkeypatch.syspath_prepend(tmp_path)
    Path("evil.py").write_text(
        "open('MARK', 'w').close()\n\n\ndef run(*args, **options):\n    open('MARK', 'w').close()\n"
    )
    torch.save({"x": torch.zeros(1)}, "evil.pt")
    yield Path(shutil.copytree(trained, tmp_path / "run"))
    assert "evil" not in sys.modules
    assert not Path("MARK").exists()


def plant_in_checkpoint(run_folder, change):
    path = run_folder / "checkpoints/last.ckpt"
    checkpoint = torch.load(path, weights_only=True)
    change(checkpoint)
    torch.save(checkpoint, path)


def plant_model(run_folder, payload):
    def plant(checkpoint):
        checkpoint["config"]["decoder"]["circuit"] = payload

    plant_in_checkpoint(run_folder, plant)


def plant_data(run_folder, payload):
    config = yaml.safe_load((run_folder / ".hydra/config.yaml").read_text())
    config["dataset"]["source"] = payload
    (run_folder / ".hydra/config.yaml").write_text(yaml.safe_dump(config))


def assert_refused(refusal):
    message = str(refusal.value)
    assert refusal.value.setting == "run"
    assert "\n" not in message
    assert MARK not in message


@pytest.mark.parametrize("payload", PAYLOADS, ids=ids)
def test_payloads(payload, planted):
    """In a checkpoint, whose model is built, and in the configuration, whose data set is."""
    plant_model(planted, payload)
    with pytest.raises(SettingError) as refusal:
        open_model(planted)
    assert_refused(refusal)
    plant_data(planted, payload)
    with pytest.raises(SettingError) as refusal:
        open_datamodule(planted)
    assert_refused(refusal)


@pytest.mark.parametrize("payload", PAYLOADS[:2], ids=ids)
def test_what_the_commands_say(payload, planted, capsys):
    plant_data(planted, payload)
    assert run("sample", "run=run", "kind=interpolation") == 2
    plant_model(planted, payload)
    for command in ("sample", "evaluate"):
        assert run(command, "run=run") == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    for line in errors:
        assert line.startswith("error: run=")
        assert "is not of this package" in line


def test_payload_in_yaml_itself(planted, capsys):
    (planted / ".hydra/config.yaml").write_text("dataset: !!python/object/apply:os.system ['touch MARK']\n")
    assert run("evaluate", "run=run", "extractor=none") == 2
    assert "config.yaml cannot be read" in capsys.readouterr().err


class Payload:
    def __reduce__(self):
        return open, ("MARK", "w")


def test_pickled_payload_in_a_checkpoint(planted, capsys):
    def plant(checkpoint):
        checkpoint["hyper_parameters"] = Payload()

    path = planted / "checkpoints/last.ckpt"
    checkpoint = torch.load(path, weights_only=True)
    plant(checkpoint)
    torch.save(checkpoint, path)
    assert run("sample", "run=run") == 2
    assert "cannot be read as a checkpoint" in capsys.readouterr().err


def test_pickled_payload_as_weights_of_inception(planted, capsys):
    torch.save({"weights": Payload()}, "weights.pth")
    assert run("evaluate", "run=run", "extractor=inception", "extractor.weights=weights.pth") in (0, 2)


def test_pickled_payload_in_the_examples(planted):
    import numpy as np

    np.savez(planted / "examples.npz", train_images=np.array([Payload()], dtype=object))
    assert run("report", f"runs=[{planted}]") == 0


def test_what_is_trusted_by_name_is_built(planted, monkeypatch):
    Path("mine.py").write_text(
        "from qinr_lightning.networks import TanhStandIn\n\n\nclass Mine(TanhStandIn):\n    pass\n"
    )

    def plant(checkpoint):
        checkpoint["config"]["decoder"]["circuit"] = {"_target_": "mine.Mine", "n_qubits": 6}
        checkpoint["config"]["lr_quantum"] = None
        checkpoint["state_dict"] = {
            name: value for name, value in checkpoint["state_dict"].items() if ".circuit." not in name
        }

    plant_in_checkpoint(planted, plant)
    with pytest.raises(SettingError, match=r"its decoder\.circuit\._target_ is mine\.Mine, .* add trust=mine"):
        load_model(planted)
    assert type(load_model(planted, trust="mine").decoder.circuit).__name__ == "Mine"
    sys.modules.pop("mine")


def test_ones_own_runs_need_no_word_but_to_others_they_are_strangers(command, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("QINR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_gates.py").write_text(
        "from qinr_lightning.quantum import Gate, Input, Parameter\n\n\n"
        "def gates(n):\n    return [Gate('RX', (0,), (Input(0),)), Gate('RY', (0,), (Parameter(0),))]\n"
    )
    own = ["circuit=ansatz", "circuit.function=my_gates.gates", "circuit.n_qubits=1"]
    command(*SMALL, *own, "hydra.run.dir=run")
    assert run("evaluate", "run=run", "extractor=none") == 0
    from qinr_lightning.runs import trust

    trust._key.cache_clear()
    monkeypatch.setenv("QINR_CACHE_DIR", str(tmp_path / "somebody else's"))
    try:
        assert run("evaluate", "run=run", "extractor=none") == 2
        assert "decoder.circuit.function is my_gates.gates, which is not of this package" in capsys.readouterr().err
        assert run("evaluate", "run=run", "extractor=none", "trust=my_gates") == 0
    finally:
        trust._key.cache_clear()
        sys.modules.pop("my_gates", None)


def test_a_signature_is_of_one_description(trained, planted):
    """A description with anything changed, or a signature moved to another run, is a stranger's."""

    def plant(checkpoint):
        checkpoint["config"]["decoder"]["circuit"] = {"_target_": "evil.Decoder"}

    plant_in_checkpoint(planted, plant)
    with pytest.raises(SettingError, match=r"evil\.Decoder"):
        load_model(planted)


def test_without_a_place_for_a_key_nothing_is_signed(monkeypatch, tmp_path):
    from qinr_lightning.runs import trust

    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("QINR_CACHE_DIR", str(tmp_path / "taken"))
    trust._key.cache_clear()
    try:
        assert trust.sign({"_target_": "x"}) is None
        assert not trust.is_signed({"_target_": "x"}, None)
        assert not trust.is_signed({"_target_": "x"}, "")
    finally:
        trust._key.cache_clear()


def test_what_a_description_may_name():
    names = own_classes()
    assert "qinr_lightning.models.QINRVAE" in names
    assert "qinr_lightning.data.ClassSubsetDataModule" in names
    assert all(name.startswith("qinr_lightning.") and name.count(".") == 2 for name in names)
    check_trusted({"_target_": "qinr_lightning.quantum.PennyLaneBackend", "device": "default.mixed"}, "x", "run", ())


def test_metrics_are_not_changed_by_a_refusal(planted):
    before = json.loads((planted / "metrics.json").read_text())
    plant_in_checkpoint(planted, lambda checkpoint: checkpoint["config"].update(kl={"_target_": "os.system"}))
    assert run("evaluate", "run=run", "extractor=none") == 2
    assert json.loads((planted / "metrics.json").read_text()) == before
