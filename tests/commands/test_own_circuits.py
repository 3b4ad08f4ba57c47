"""Circuits from a file of the user's own: trained with one command, on both backends, and evaluated."""

import json
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.settings import call_target, run_command

GATES = """
from qinr_lightning.quantum import Gate, Input, Parameter


def gates(n_qubits):
    for wire in range(n_qubits):
        yield Gate("RX", (wire,), (Input(wire),))
        yield Gate("Rot", (wire,), tuple(Parameter(3 * wire + angle) for angle in range(3)))
        yield Gate("CNOT", (wire, (wire + 1) % n_qubits))
"""
QNODE = """
import pennylane as qml


def circuit(inputs, weights):
    qml.AngleEmbedding(inputs, wires=range(3))
    qml.StronglyEntanglingLayers(weights, wires=range(3))
    return [qml.expval(qml.Z(wire)) for wire in range(3)]
"""
OWN_GATES = ["circuit=ansatz", "circuit.function=own_gates.gates", "circuit.n_qubits=3"]
OWN_QNODE = [
    "circuit=qnode",
    "circuit.function=own_qnode.circuit",
    "circuit.n_qubits=3",
    "circuit.weight_shapes={weights:[1,3,3]}",
]
SMALL = ["model=ae", "model.encoder.channels=[4,8]", "trainer.max_epochs=1", "dataset.samples_per_class=40"]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's folder, in which the commands are started."""
    (tmp_path / "own_gates.py").write_text(GATES)
    (tmp_path / "own_qnode.py").write_text(QNODE)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("own_gates", "own_qnode"):
        sys.modules.pop(name, None)


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text())


def evaluate(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["evaluate", *arguments])
    GlobalHydra.instance().clear()
    run_command(call_target, "evaluate")


def test_gates_train_on_both_backends_to_the_same_losses(own, command, monkeypatch):
    for backend in ("statevector", "pennylane"):
        # Double precision: single rounds differently on every processor.
        command(*OWN_GATES, *SMALL, f"backend={backend}", "trainer.precision=64-true", f"hydra.run.dir={backend}")
    first, second = (metrics_of(own / backend) for backend in ("statevector", "pennylane"))
    assert first["parameters/quantum"] == 3 * 3 + 3
    assert first["loss/total"] == pytest.approx(second["loss/total"], rel=1e-6)
    before = first["test/psnr"]
    evaluate(monkeypatch, "run=statevector", "extractor=none")
    assert metrics_of(own / "statevector")["test/psnr"] == pytest.approx(before)


def test_a_quantum_function_trains_and_is_evaluated(own, command, monkeypatch):
    command(*OWN_QNODE, *SMALL, "hydra.run.dir=run")
    before = metrics_of(own / "run")
    assert before["parameters/quantum"] == 9
    assert before["circuit/measurement_groups"] == 1
    evaluate(monkeypatch, "run=run", "extractor=none")
    assert metrics_of(own / "run")["test/psnr"] == pytest.approx(before["test/psnr"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["circuit=ansatz"], "circuit.function: must be set"),
        ([*OWN_QNODE, "backend=statevector"], "backend=StatevectorBackend: must be pennylane"),
        ([*OWN_QNODE, "readout=z"], "readout=z: circuit=qnode has no readout"),
        ([*OWN_QNODE[:-1], "circuit.weight_shapes={w:[1,3,3]}"], "circuit takes inputs, weights, but gets inputs, w"),
        (["circuit=ansatz", "circuit.function=own_gates.gate"], "circuit.function=own_gates.gate: must be a function"),
        ([*OWN_GATES, "circuit.options={depth:2}"], "circuit.function=own_gates.gates: gives no circuit of 3 qubits"),
    ],
)
def test_wrong_settings(arguments, message, own, command, capsys):
    with pytest.raises(SystemExit) as left:
        command(*arguments)
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert message in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
