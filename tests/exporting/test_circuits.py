"""OpenQASM of an image's circuits, run by Qiskit: the expectation values that the model has."""

import json
import warnings
from pathlib import Path

import pytest
import torch

from qinr_lightning import load_model
from qinr_lightning.data import ClassSubsetDataModule, Digits, to_signed_unit
from qinr_lightning.errors import SettingError
from qinr_lightning.exporting import image_circuits, write_openqasm
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import CoordinateCircuit, Encoder, MLPStandIn, QINRDecoder
from qinr_lightning.quantum import (
    AnsatzCircuit,
    BlockCircuit,
    Gate,
    Input,
    Parameter,
    PennyLaneBackend,
    QNodeCircuit,
    ReuploadingCircuit,
)
from qinr_lightning.quantum.ansatz import GATES
from qinr_lightning.quantum.readout import READOUTS

IMAGE = (1, 8, 8)


def every_gate(n_qubits):
    """All gates that a description may hold, with angles of each kind."""
    for number, (name, shape) in enumerate(GATES.items()):
        wires = tuple((number + k) % n_qubits for k in range(shape.n_wires))
        yield Gate(name, wires, (Parameter(number), Input(number % n_qubits), 0.3)[: shape.n_angles])


def quantum_function(inputs, weights):
    import pennylane as qml

    qml.AngleEmbedding(inputs, wires=range(3))
    qml.StronglyEntanglingLayers(weights, wires=range(3))
    return [qml.expval(qml.X(0)), qml.expval(qml.Z(2) @ qml.Y(1)), qml.expval(qml.Z(0))]


CIRCUITS = {
    **{readout: lambda readout=readout: ReuploadingCircuit(4, readout=readout) for readout in READOUTS},
    "words": lambda: ReuploadingCircuit(3, readout=["X0", "Z1 Y0", "Y2 Y1 Y0", "Z2"], global_scale=True),
    "hardware_efficient": lambda: BlockCircuit(3, encoding="alternating", readout="xyz"),
    "strongly_entangling": lambda: BlockCircuit(3, 1, 2, ["Rot"], "CNOT", "rings", readout="z_zz"),
    "product": lambda: ReuploadingCircuit(3, entangler="none"),
    "ansatz": lambda: AnsatzCircuit(every_gate, 3, readout="xyz_zz"),
    "qnode": lambda: QNodeCircuit(quantum_function, 3, {"weights": [2, 3, 3]}),
}


def autoencoder(circuit, seed=0):
    torch.manual_seed(seed)
    decoder = QINRDecoder(circuit, 4, IMAGE, 8, (8,))
    model = QINRAutoencoder(Encoder(IMAGE, 4, (4,)), decoder, 4, lr_quantum=1e-3).double().eval()
    return model, torch.rand(*IMAGE, dtype=torch.float64) * 2 - 1


def measured(circuit, words):
    """Expectation values of words such as "Z1 Z2" from the exact distribution of the results that Qiskit measures."""
    from qiskit.quantum_info import Statevector

    bits = {circuit.find_bit(gate.clbits[0]).index: circuit.find_bit(gate.qubits[0]).index
            for gate in circuit.data if gate.operation.name == "measure"}  # fmt: skip
    assert bits == {i: i for i in range(circuit.num_qubits)}
    state = Statevector(circuit.remove_final_measurements(inplace=False))
    # Qiskit writes the last qubit first.
    results = {text[::-1]: p for text, p in state.probabilities_dict().items()}
    wires = [[int(letter[1:]) for letter in word.split()] for word in words]
    return [sum(p * (-1) ** sum(text[w] == "1" for w in of_word) for text, p in results.items()) for of_word in wires]


@pytest.mark.parametrize("name", CIRCUITS)
def test_qiskit_measures_what_the_model_computes(name):
    pytest.importorskip("qiskit", reason="Qiskit, which runs the circuits, is not installed")
    from qiskit import qasm3

    model, image = autoencoder(CIRCUITS[name]())
    circuit = model.decoder.circuit
    with torch.no_grad():
        expected = circuit(model.decoder.angles(model.encode(image[None])))[0].tolist()
    groups = image_circuits(model, image)
    assert len(groups) == circuit.n_measurement_groups
    found = {}
    for group in groups:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # That Qiskit's own reader of OpenQASM 3 is new.
            read = qasm3.loads_experimental(group.openqasm(3))
        for values in (measured(group.to_qiskit(), group.words), measured(read, group.words)):
            assert values == pytest.approx(group.expectations(), abs=1e-6)
        found |= dict(zip(group.words, values, strict=True))
    assert sorted(found.values()) == pytest.approx(sorted(expected), abs=1e-6)
    if hasattr(circuit, "words"):
        words = [
            " ".join(f"{letter}{wire}" for letter, wire in sorted(word, key=lambda f: f[1])) for word in circuit.words
        ]
        assert [found[word] for word in words] == pytest.approx(expected, abs=1e-6)


def test_a_coordinate_decoder_has_a_circuit_at_each_pixel():
    torch.manual_seed(0)
    decoder = CoordinateCircuit(ReuploadingCircuit(3), 4, IMAGE, None, 8)
    model = QINRAutoencoder(Encoder(IMAGE, 4, (4,)), decoder, 4, lr_quantum=1e-3).double().eval()
    image = torch.rand(*IMAGE, dtype=torch.float64) * 2 - 1
    seen = []
    watched = decoder.circuit.register_forward_hook(lambda module, given, values: seen.append(values.detach()))
    decoder(model.encode(image[None]))
    watched.remove()
    (group,) = image_circuits(model, image, (2, 5))
    assert group.expectations() == pytest.approx(seen[0][2 * 8 + 5].tolist(), abs=1e-6)
    for pixel in (None, (8, 0)):
        with pytest.raises(SettingError, match=r"must be the row and column of one of the 8 x 8 pixels"):
            image_circuits(model, image, pixel)


def test_several_circuits_at_a_pixel(tmp_path):
    torch.manual_seed(0)
    decoder = CoordinateCircuit(ReuploadingCircuit(2, readout="xyz"), 4, IMAGE, None, 8, 3)
    model = QINRAutoencoder(Encoder(IMAGE, 4, (4,)), decoder, 4, lr_quantum=1e-3).double().eval()
    image = torch.rand(*IMAGE, dtype=torch.float64) * 2 - 1
    seen = []
    with decoder.circuit.register_forward_hook(lambda module, given, values: seen.append(values.detach())):
        decoder(model.encode(image[None]))
    circuits = image_circuits(model, image, (2, 5))
    first = 3 * (2 * 8 + 5)
    for number in range(3):
        found = {}
        for group in circuits:
            if group.number == number:
                found |= dict(zip(group.words, group.expectations(), strict=True))
        expected = seen[0][first + number].tolist()
        assert [found[word] for word in ("X0", "X1", "Y0", "Y1", "Z0", "Z1")] == pytest.approx(expected, abs=1e-6)
    write_openqasm(circuits, tmp_path)
    names = {f"circuit{k}_group{i}.{ending}" for k in range(3) for i in range(3) for ending in ("qasm", "qasm3")}
    assert {path.name for path in tmp_path.iterdir()} == names | {"circuits.json"}


def noisy_function(inputs, weights):
    import pennylane as qml

    qml.RX(inputs[..., 0], wires=0)
    qml.DepolarizingChannel(0.1, wires=0)
    return [qml.expval(qml.Z(0))]


def test_a_function_with_noise_is_refused():
    backend = PennyLaneBackend("default.mixed")
    model, image = autoencoder(QNodeCircuit(noisy_function, 2, {"weights": [1]}, backend))
    with pytest.raises(SettingError, match="circuit=DepolarizingChannel: is noise, of which OpenQASM knows nothing"):
        image_circuits(model, image)


def test_the_command(ae, export, capsys):
    assert export(f"run={ae}", "format=qasm", "image=3", "out=qasm") == 0
    images = ClassSubsetDataModule(Digits(), samples_per_class=40)
    images.setup()
    groups = image_circuits(load_model(ae), to_signed_unit(images.train_subset.images[3]))
    written = json.loads(Path("qasm/circuits.json").read_text())["circuits"]
    assert len(written) == len(groups) == 3
    for described, group in zip(written, groups, strict=True):
        assert Path("qasm", described["openqasm2"]).read_text() == group.openqasm(2)
        assert Path("qasm", described["openqasm3"]).read_text().startswith("OPENQASM 3.0;\n")
        values = dict(zip(group.words, group.expectations(), strict=True))
        assert described["expectations"] == pytest.approx(values, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("out=q", "image=null: must be a position in the train subset"),
        ("out=q image=-1", "image=-1: must be greater than or equal to 0"),
        ("out=q image=40", "image=40: must be a position in the train subset, 0 to 39"),
        ("out=q image=0 pixel=[1,2]", "pixel=[1, 2]: QINRDecoder has one circuit for all pixels"),
        ("out=q image=0 pixel=[1]", "pixel=[1]: "),
    ],
)
def test_a_wrong_setting_gets_one_line(arguments, message, ae, export, capsys, tmp_path):
    assert export(f"run={ae}", "format=qasm", *arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_circuit(vae, export, capsys):
    assert export(f"run={vae}", "format=qasm", "image=0", "out=q") == 2
    said = "error: model=QINRVAE: its decoder has no quantum circuit (ClassicalDecoder)\n"
    assert capsys.readouterr().err == said
    decoder = QINRDecoder(MLPStandIn(), 4, IMAGE)
    with pytest.raises(SettingError, match=r"no quantum circuit \(MLPStandIn\)"):
        image_circuits(QINRAutoencoder(Encoder(IMAGE, 4, (4,)), decoder, 4, lr_quantum=None), torch.zeros(IMAGE))
