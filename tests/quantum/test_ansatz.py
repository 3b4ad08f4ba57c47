"""Circuits described gate by gate: every gate from every kind of angle is PennyLane's, values and gradients."""

import pennylane as qp
import pytest
import torch

from qinr_lightning.quantum import (
    AnsatzCircuit,
    BlockCircuit,
    Gate,
    GateList,
    Input,
    Parameter,
    ReuploadingCircuit,
    StatevectorBackend,
)
from qinr_lightning.quantum.ansatz import GATES
from tests.quantum.conftest import assert_same, evaluate

WORDS = ["X0", "Y0", "Z1", "Y1 X2", "Z0 X1 Y2"]


def circuit_of(gates, backend, n_qubits=3, readout=WORDS, dtype=torch.float64):
    """A circuit whose parameters depend on nothing but their number."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        circuit = AnsatzCircuit(lambda _: gates, n_qubits, readout, backend).double()
        with torch.no_grad():
            circuit.scales.uniform_(0.5, 1.5)
    return circuit.to(dtype)


def assert_pennylane_agrees(gates, n_qubits=3, readout=WORDS):
    angles = torch.randn(4, n_qubits, dtype=torch.float64)
    expected = evaluate(circuit_of(gates, "pennylane", n_qubits, readout), angles)
    for group_size in (1, 4):
        backend = StatevectorBackend(group_size=group_size)
        assert_same(evaluate(circuit_of(gates, backend, n_qubits, readout), angles), expected, 1e-12)


def around(gate):
    """The gate between others that leave no symmetry: no eigenstate before it, and after it every word moves."""
    before = [Gate("Rot", (wire,), (0.3 + wire, 0.7, 1.1)) for wire in range(3)]
    encoded = [Gate("RX", (wire,), (Input(wire),)) for wire in range(3)]
    after = [Gate("CNOT", (0, 1)), Gate("RY", (1,), (Parameter(9),)), Gate("CZ", (1, 2)), Gate("RX", (2,), (0.4,))]
    return [*before, *encoded, gate, *after]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in GATES
        for kind in ("constant", "parameter", "input")
        if GATES[name].n_angles or kind == "constant"
    ],
)
def test_every_gate_is_pennylanes(name, kind):
    shape = GATES[name]
    angles = {
        "constant": [0.9, -1.3, 2.1],
        "parameter": [Parameter(0), Parameter(1), Parameter(2)],
        "input": [Input(1), Input(0), Input(1)],
    }[kind][: shape.n_angles]
    assert_pennylane_agrees(around(Gate(name, (2, 0)[: shape.n_wires], tuple(angles))))


@pytest.mark.parametrize("seed", range(6))
def test_random_circuits(seed):
    """Gates in any order, on any wires, with shared parameters and inputs that come several times."""
    draws = torch.Generator().manual_seed(seed)

    def draw(n):
        return int(torch.randint(n, (), generator=draws))

    gates = []
    for _ in range(40):
        name = list(GATES)[draw(len(GATES))]
        wires = torch.randperm(4, generator=draws)[: GATES[name].n_wires].tolist()
        angles = [(Input(draw(4)), Parameter(draw(12)), 0.1 * draw(60))[draw(3)] for _ in range(GATES[name].n_angles)]
        gates.append(Gate(name, tuple(wires), tuple(angles)))
    assert_pennylane_agrees([*gates, Gate("RZ", (0,), (Parameter(12),))], 4, ["X0", "Z1 Y3", "Y2 X0", "Z2"])


def test_single_precision():
    gates = around(Gate("CRot", (0, 2), (Input(0), Parameter(0), 0.3)))
    angles = torch.randn(4, 3, dtype=torch.float64)
    expected = evaluate(circuit_of(gates, "pennylane"), angles)
    assert_same(evaluate(circuit_of(gates, "statevector", dtype=torch.float32), angles), expected, 1e-5)


def test_second_derivatives_and_torch_func():
    circuit = circuit_of(around(Gate("IsingYY", (0, 2), (Parameter(0),))), "statevector")
    angles = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(circuit, angles)
    batches = torch.randn(4, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(circuit)(batches), circuit(batches.flatten(0, 1)).unflatten(0, (4, 2)))


def test_a_circuit_without_an_input_gives_every_sample_the_same():
    for backend in ("statevector", "pennylane"):
        circuit = circuit_of([Gate("RX", (0,), (Parameter(0),))], backend, 1, ["Z0"])
        values = circuit(torch.randn(5, 1))
        torch.testing.assert_close(values, circuit.angles.cos().expand(5, 1), rtol=0, atol=1e-12)


def test_the_descriptions_of_a_family_and_its_gates_written_out_agree():
    """The paper's circuit as a list of its gates, so through the plain simulation, and as its family."""
    family = ReuploadingCircuit(n_qubits=4, readout="xyz_zz").double()
    listed = GateList(4, family.ansatz.gates)
    angles = torch.randn(5, 2, 4, dtype=torch.float64)
    values = StatevectorBackend().expectations(listed, angles, family.rotations, family.words)
    torch.testing.assert_close(values, family(angles), rtol=0, atol=1e-12)


BLOCKS = [
    {},
    {"rotations": ["Rot"], "entangling_gate": "CNOT", "entangler": "rings"},
    {"encoding": "RX", "entangler": "none"},
    {"encoding": "RY", "entangler": "chain", "rotations": ["RX"]},
    {"encoding": "alternating", "n_reuploads": 4},
]


@pytest.mark.parametrize("options", BLOCKS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shipped_ansaetze_are_the_same_on_both_backends(options, dtype):
    def make(backend, dtype):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            return BlockCircuit(n_qubits=4, readout=["X0", "Z1 Y2", "Z3"], backend=backend, **options).to(dtype)

    angles = torch.randn(3, 4, dtype=torch.float64)
    expected = evaluate(make("pennylane", torch.float64), angles)
    assert_same(
        evaluate(make("statevector", dtype), angles), expected, {torch.float32: 1e-5, torch.float64: 1e-12}[dtype]
    )


def test_strongly_entangling_blocks_are_pennylanes_template():
    circuit = BlockCircuit(4, 1, 3, ["Rot"], "CNOT", "rings", "RX").double()
    rotations = circuit.angles.detach().view(2, 3, 4, 3)

    @qp.qnode(qp.device("default.qubit", wires=4))
    def reference(angles):
        qp.StronglyEntanglingLayers(rotations[0], wires=range(4))
        qp.AngleEmbedding(angles, wires=range(4), rotation="X")
        qp.StronglyEntanglingLayers(rotations[1], wires=range(4))
        return [qp.expval(qp.Z(wire)) for wire in range(4)]

    angles = torch.randn(4, dtype=torch.float64)
    torch.testing.assert_close(circuit(angles[None])[0], torch.stack(reference(angles)), rtol=0, atol=1e-12)


def test_counts_and_depth_are_pennylanes():
    ansatz = ReuploadingCircuit().ansatz
    assert ansatz.counts() == {"Rot": 36, "CZ": 36, "RZ": 12}
    assert (ansatz.n_inputs, ansatz.n_parameters) == (12, 108)
    operations = [getattr(qp, name)(*[0.1] * len(angles), wires=wires) for name, wires, angles in ansatz.gates]
    tape = qp.tape.QuantumScript(operations, [])
    assert ansatz.depth() == tape.graph.get_depth()


def test_drawing_shows_every_wire_and_gate():
    drawing = ReuploadingCircuit(n_qubits=3, n_reuploads=1, n_blocks=1, readout=["X0", "Z1 Z2"]).draw()
    lines = drawing.splitlines()
    assert [line.split(":")[0].strip() for line in lines[:3]] == ["0", "1", "2"]
    assert all(line.count("Rot") == 2 and line.count("RZ") == 1 for line in lines[:3])
    assert "<X>" in lines[0]


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (Gate("RXX", (0,), (0.1,)), "RXX is no gate that an ansatz may hold; known: Hadamard, "),
        (Gate("RX", (0, 1), (0.1,)), "RX takes 1 wires and 1 angles"),
        (Gate("RX", (0,)), "RX takes 1 wires and 1 angles"),
        (Gate("CZ", (1, 1)), "must be different ones of 0 to 1"),
        (Gate("CZ", (1, 2)), "must be different ones of 0 to 1"),
        (Gate("RX", (0,), (Parameter(-1),)), "must count from 0"),
    ],
)
def test_what_is_no_circuit(gate, message):
    with pytest.raises(ValueError, match=message):
        _ = GateList(2, (gate,)).gates
