"""What circuits take: counted, and compiled to a line of qubits by PennyLane."""

import itertools
import warnings

import pennylane as qp
import pytest
import torch

from qinr_lightning.quantum import GateList, PatchCircuits, ReuploadingCircuit
from qinr_lightning.quantum.ansatz import GATES, Gate, Parameter
from qinr_lightning.quantum.pennylane_backend import quantum_function
from qinr_lightning.quantum.resources import circuit_resources, compiled_to_a_line, described_resources, line_resources


def test_the_papers_circuit():
    found = circuit_resources(ReuploadingCircuit(readout="xyz"))
    assert {name.removeprefix("resources/"): value for name, value in found.items() if "depth" not in name} == {
        "qubits": 6, "gates/Rot": 36, "gates/RZ": 12, "gates/CZ": 36, "two_qubit_gates": 36, "measurement_groups": 3,
    }  # fmt: skip


def test_patches_are_circuits_of_their_own():
    found = circuit_resources(PatchCircuits(n_patches=7, n_qubits=3, n_layers=2))
    assert found["resources/measurement_groups"] == 7
    assert found["resources/gates/CNOT"] == 4


def test_depth_is_pennylanes():
    ansatz = ReuploadingCircuit(n_qubits=4).ansatz
    device = qp.device("default.qubit", wires=4)
    node = qp.QNode(quantum_function(ansatz, ((("Z", 0),),)), device)
    numbers = torch.zeros(ansatz.n_inputs), torch.zeros(ansatz.n_parameters)
    assert described_resources(ansatz).depth == qp.specs(node, level="device")(*numbers)["resources"].depth


def every_gate():
    count = itertools.count()
    return GateList(
        4,
        tuple(
            Gate(
                name,
                ((0,), (1,), (2,))[k % 3] if shape.n_wires == 1 else ((0, 2), (2, 1), (3, 0))[k % 3],
                tuple(Parameter(next(count)) for _ in range(shape.n_angles)),
            )
            for k, (name, shape) in enumerate(GATES.items())
        ),
    )


def state(operations):
    return torch.as_tensor(qp.matrix(qp.tape.QuantumScript(operations), wire_order=range(4))[:, 0])


def test_on_a_line_every_circuit_gives_the_same_state():
    ansatz = every_gate()
    inputs, parameters = torch.zeros(0), 6 * torch.rand(ansatz.n_parameters, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = compiled_to_a_line(ansatz, inputs, parameters)
    assert {operation.name for operation in compiled} == {"RZ", "SX", "CZ"}
    assert all(abs(operation.wires[0] - operation.wires[-1]) <= 1 for operation in compiled)
    queued = qp.tape.make_qscript(quantum_function(ansatz, ()))(inputs.numpy(), parameters.numpy())
    expected, found = state(queued.operations), state(compiled).view(2, 2, 2, 2)
    # The swaps have brought qubits elsewhere.
    overlaps = [
        abs((expected.conj() * found.permute(order).flatten()).sum()) for order in itertools.permutations(range(4))
    ]
    assert max(overlaps) == pytest.approx(1)


def test_a_circuit_that_fits_the_line_has_no_swaps():
    circuit = ReuploadingCircuit(n_qubits=4, entangler="chain")
    found = line_resources(circuit.ansatz, torch.rand(8), circuit.rotations)
    assert found.two_qubit_gates == circuit.ansatz.counts()["CZ"]
    # A block's Rot, with the encoding's RZ in it, is two SX.
    assert found.gates["SX"] == 2 * 4 * 6
    one = line_resources(GateList(1, (Gate("RX", (0,), (0.4,)),)), torch.zeros(0), torch.zeros(0))
    assert (one.n_qubits, one.two_qubit_gates, one.gates["SX"]) == (1, 0, 2)
