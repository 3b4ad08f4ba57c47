"""Circuits of the user's own: a PennyLane quantum function, a function that lists gates, and wrong ones."""

import pennylane as qp
import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import AnsatzCircuit, BlockCircuit, Gate, Input, Parameter, PennyLaneBackend, QNodeCircuit


def my_circuit(inputs, weights):
    """A quantum function as PennyLane's TorchLayer takes it."""
    qp.AngleEmbedding(inputs, wires=range(4))
    qp.BasicEntanglerLayers(weights, wires=range(4))
    return [qp.expval(qp.Z(wire)) for wire in range(4)]


def my_gates(n_qubits, depth=1):
    """The same as gates."""
    for wire in range(n_qubits):
        yield Gate("RX", (wire,), (Input(wire),))
    for layer in range(depth):
        for wire in range(n_qubits):
            yield Gate("RX", (wire,), (Parameter(layer * n_qubits + wire),))
        for wire in range(n_qubits):
            yield Gate("CNOT", (wire, (wire + 1) % n_qubits))


def no_list(inputs, weights):
    qp.RX(inputs[..., 0], wires=0)
    return qp.probs(wires=0)


def other_arguments(x, weights):
    return [qp.expval(qp.Z(0))]


def one_value(inputs, weights):
    qp.RX(inputs[..., 0], wires=0)
    return qp.expval(qp.Z(0))


def first_axis(inputs, weights):
    for wire in range(2):
        qp.RX(inputs[wire], wires=wire)
    return [qp.expval(qp.Z(wire)) for wire in range(2)]


def spare_wire(inputs, weights):
    qp.RX(inputs[..., 0], wires=0)
    qp.cond(qp.measure(0), qp.X)(wires=1)
    qp.RX(inputs[..., 1], wires=0)
    return [qp.expval(qp.Z(1))]


def text_for_an_angle(n_qubits):
    return [Gate("RX", (0,), ("0.3",))]


def no_number(n_qubits):
    return [Gate("RX", (0,), (float("nan"),))]


def half_a_parameter(n_qubits):
    return [Gate("RX", (0,), (Parameter(1.5),))]


def failing(inputs, weights):
    raise RuntimeError("not today")


def far_wire(inputs, weights):
    return [qp.expval(qp.Z(9))]


def too_many_inputs(n_qubits):
    return [Gate("RX", (0,), (Input(n_qubits),))]


def unknown_gate(n_qubits):
    return [Gate("QFT", (0,))]


def strings(n_qubits):
    return ["RX"]


HERE = __name__


@pytest.mark.parametrize("batch", [1, 5])
def test_a_quantum_function_is_pennylanes_torch_layer(batch):
    circuit = QNodeCircuit(my_circuit, 4, {"weights": [2, 4]}).double()
    layer = qp.qnn.TorchLayer(qp.QNode(my_circuit, qp.device("default.qubit", wires=4)), {"weights": [2, 4]}).double()
    layer.load_state_dict({"weights": circuit.weights["weights"].detach()})
    inputs = torch.randn(batch, 4, dtype=torch.float64)
    first, second = (inputs.clone().requires_grad_() for _ in range(2))
    values, expected = circuit(first), layer(second)
    torch.testing.assert_close(values, expected, rtol=0, atol=1e-12)
    values.sin().sum().backward()
    expected.sin().sum().backward()
    torch.testing.assert_close(first.grad, second.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(circuit.weights["weights"].grad, layer.weights.grad, rtol=0, atol=1e-12)


def test_the_same_circuit_as_gates():
    listed = AnsatzCircuit(my_gates, 4, options={"depth": 2}).double()
    function = QNodeCircuit(my_circuit, 4, {"weights": [2, 4]}).double()
    with torch.no_grad():
        function.weights["weights"].copy_(listed.angles.view(2, 4))
    inputs = torch.randn(3, 4, dtype=torch.float64)
    torch.testing.assert_close(listed(inputs), function(inputs), rtol=0, atol=1e-12)
    assert listed.n_measurement_groups == function.n_measurement_groups == 1
    assert listed.n_observables == function.n_observables == 4


def test_another_device_and_differentiation_method():
    backend = PennyLaneBackend("lightning.qubit", "adjoint")
    circuits = [QNodeCircuit(my_circuit, 4, {"weights": [1, 4]}, each) for each in (backend, "pennylane")]
    circuits[1].load_state_dict(circuits[0].state_dict())
    inputs = torch.randn(3, 4)
    torch.testing.assert_close(circuits[0](inputs), circuits[1](inputs), rtol=0, atol=1e-5)


def test_one_value_needs_no_list():
    circuit = QNodeCircuit(one_value, 1, {"weights": [1]})
    inputs = torch.randn(4, 1)
    torch.testing.assert_close(circuit(inputs), inputs.cos(), rtol=0, atol=1e-5)


def test_angles_of_another_shape():
    for circuit, shape in ((AnsatzCircuit(my_gates, 2), (3, 5)), (BlockCircuit(3, n_reuploads=2), (4, 3, 2))):
        with pytest.raises(ValueError, match=r"angles have shape .*; expected \(batch, "):
            circuit(torch.zeros(shape))


def test_single_precision_stays_single():
    assert QNodeCircuit(my_circuit, 4, {"weights": [1, 4]})(torch.randn(3, 4)).dtype is torch.float32


def test_scales_multiply_each_encoded_angle():
    circuit = BlockCircuit(3, n_reuploads=2).double()
    assert circuit.scales.shape == (6,)
    with torch.no_grad():
        circuit.scales.copy_(torch.tensor([2.0, 2, 2, 2, 2, 2]))
    inputs = torch.randn(4, 3, dtype=torch.float64)
    doubled = circuit(inputs)
    circuit.reset_parameters()
    assert torch.equal(circuit.scales, torch.ones(6, dtype=torch.float64))
    unscaled = BlockCircuit(3, n_reuploads=2, learnable_scales=False).double()
    assert [name for name, _ in unscaled.named_parameters()] == ["angles"]
    unscaled.angles = circuit.angles
    torch.testing.assert_close(unscaled(inputs), circuit(inputs), rtol=0, atol=0)
    assert not torch.allclose(doubled, circuit(inputs))


def test_initial_angles_can_be_chosen():
    values = BlockCircuit(n_qubits=3, init="near_identity").angles
    assert values.abs().max() < 1
    assert QNodeCircuit(my_circuit, 4, {"weights": [9, 4]}, init="near_identity").weights["weights"].abs().max() < 1


def test_drawing():
    assert "AngleEmbedding" in QNodeCircuit(my_circuit, 4, {"weights": [1, 4]}).draw()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AnsatzCircuit("nowhere.circuit"), "function=nowhere.circuit: must be a function that can be imported"),
        (lambda: AnsatzCircuit(f"{HERE}.nothing"), "function=.*nothing: must be a function that can be imported"),
        (lambda: AnsatzCircuit(f"{HERE}.HERE"), "function=.*HERE: is no function"),
        (lambda: AnsatzCircuit(too_many_inputs, 2), r"function=too_many_inputs: has Input\(2\); the inputs are 0 to 1"),
        (
            lambda: AnsatzCircuit(unknown_gate, 2),
            r"function=unknown_gate: gives no circuit of 2 qubits .*QFT is no gate",
        ),
        (lambda: AnsatzCircuit(strings, 2), "function=strings: gives no circuit .*it must list gates, such as"),
        (lambda: AnsatzCircuit(my_gates, 2, options={"deepth": 2}), "function=my_gates: gives no circuit .*'deepth'"),
        (lambda: BlockCircuit(3, entangler=[5, 1]), r"entangler=\[5, 1\]: must hold one range for each"),
        (lambda: AnsatzCircuit(my_gates, 3, init="block_identity"), "init=block_identity: is for the parameter layers"),
        (
            lambda: QNodeCircuit(no_list, 1, {"weights": [1]}),
            "function=no_list: must return a list of expectation values",
        ),
        (
            lambda: QNodeCircuit(other_arguments, 1, {"weights": [1]}),
            "weight_shapes=.*other_arguments takes x, weights, but gets inputs, weights",
        ),
        (
            lambda: AnsatzCircuit(text_for_an_angle, 1),
            "function=text_for_an_angle: .*'0.3' must be Input.* or a finite",
        ),
        (lambda: AnsatzCircuit(no_number, 1), "function=no_number: .*nan must be Input.* or a finite number"),
        (lambda: AnsatzCircuit(half_a_parameter, 1), "function=half_a_parameter: .* in whole numbers"),
        (
            lambda: QNodeCircuit(first_axis, 2, {"weights": [1]}),
            r"function=first_axis: (does not run for a batch|gives a sample other values in a batch)",
        ),
        (
            lambda: QNodeCircuit(first_axis, 3, {"weights": [1]}),
            r"function=first_axis: (does not run for a batch|gives a sample other values in a batch)",
        ),
        (lambda: QNodeCircuit(spare_wire, 2, {"weights": [1]}), "function=spare_wire: does not run .*WireError"),
        (lambda: QNodeCircuit(failing, 1, {"weights": [1]}), r"function=failing: fails \(RuntimeError: not today\)"),
        (lambda: QNodeCircuit(far_wire, 2, {"weights": [1]}), r"n_qubits=2: far_wire acts on the wires \[9\]"),
        (lambda: QNodeCircuit(my_circuit, 4, {"weights": [1, 4]}, "statevector"), "backend=.*: must be pennylane"),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(SettingError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
