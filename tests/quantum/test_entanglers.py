"""Where the CZ gates are: the same on every backend, and PennyLane's templates where it has one."""

import pytest
import torch

from qinr_lightning.quantum import ReuploadingCircuit
from tests.quantum.conftest import CORE, assert_same, evaluate, make_circuit

READOUT = ["Z0", "X1", "Y2 Z3"]
ENTANGLERS = ["rings", "chain", "none", [2, 1, 3]]


def template_circuit(circuit, entangler):
    """The circuit's values at angles ``(batch, n_reuploads, n_qubits)``, with PennyLane's template for the rings."""
    import pennylane as qp

    wires = range(circuit.n_qubits)
    ranges = None if entangler == "rings" else entangler

    @qp.qnode(qp.device("default.qubit", wires=wires), interface="torch", diff_method="backprop")
    def run(angles):
        for layer, rotations in enumerate(circuit.rotations.detach()):
            if isinstance(entangler, list) or entangler == "rings":
                qp.StronglyEntanglingLayers(rotations, wires, ranges=ranges, imprimitive=qp.CZ)
            else:
                for block in rotations:
                    for wire in wires:
                        qp.Rot(*block[wire], wires=wire)
                    for wire in wires[:-1] if entangler == "chain" else ():
                        qp.CZ([wire, wire + 1])
            if layer < circuit.n_reuploads:
                qp.AngleEmbedding(angles[:, layer], wires, rotation="Z")
        return [qp.expval(qp.Z(0)), qp.expval(qp.X(1)), qp.expval(qp.Y(2) @ qp.Z(3))]

    return lambda angles: torch.stack(run(angles), dim=-1)


@pytest.mark.parametrize("entangler", ENTANGLERS, ids=str)
@pytest.mark.parametrize("backend", CORE)
def test_pennylanes_templates(backend, entangler):
    circuit = make_circuit(backend, n_qubits=4, n_blocks=3, readout=READOUT, entangler=entangler)
    angles = torch.randn(5, 2, 4, dtype=torch.float64)
    expected = template_circuit(circuit, entangler)((angles * circuit.scales).detach())
    torch.testing.assert_close(circuit(angles), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("entangler", ENTANGLERS, ids=str)
@pytest.mark.parametrize("backend", ["autograd", "keep", "undo"])
def test_gradients_are_pennylanes(backend, entangler):
    options = {"n_qubits": 4, "n_blocks": 3, "readout": READOUT, "entangler": entangler}
    angles = torch.randn(3, 4, dtype=torch.float64)
    assert_same(
        evaluate(make_circuit(backend, **options), angles),
        evaluate(make_circuit("pennylane", **options), angles),
        1e-12,
    )


@pytest.mark.parametrize("backend", CORE)
def test_without_an_entangler_qubits_are_independent(backend):
    circuit = make_circuit(backend, n_qubits=3, entangler="none", readout=["X0", "Y2", "X0 Y2"])
    x, y, xy = circuit(torch.randn(4, 3, dtype=torch.float64)).T
    torch.testing.assert_close(xy, x * y, rtol=0, atol=1e-14)


@pytest.mark.parametrize("entangler", ["rings", "chain", "none"])
def test_one_qubit_has_no_pairs(entangler):
    assert ReuploadingCircuit(n_qubits=1, entangler=entangler).ansatz.pairs == ((), ())
