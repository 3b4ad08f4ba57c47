"""What the circuit computes, against closed forms and the facts that the paper's equations imply."""

import math

import pytest
import torch

from qinr_lightning.quantum import ReuploadingCircuit
from tests.quantum.conftest import CORE, make_circuit

PAULI = {
    "X": torch.tensor([[0, 1], [1, 0]], dtype=torch.complex128),
    "Y": torch.tensor([[0, -1j], [1j, 0]], dtype=torch.complex128),
    "Z": torch.tensor([[1, 0], [0, -1]], dtype=torch.complex128),
}


def set_rotations(circuit, rotations):
    """Rotations, and scales of 1."""
    with torch.no_grad():
        circuit.rotations.copy_(torch.as_tensor(rotations, dtype=torch.float64).view_as(circuit.rotations))
        circuit.scales.fill_(1)


def rotation(letter, angle):
    return torch.linalg.matrix_exp(-0.5j * angle * PAULI[letter])


def on_wire(matrix, wire, n_qubits):
    return torch.kron(torch.kron(torch.eye(2**wire), matrix), torch.eye(2 ** (n_qubits - 1 - wire)))


def dense_circuit(angles, rotations):
    """Eq. (7), gate by gate with matrices of all qubits: the state of one sample.

    From angles ``(n_reuploads, n_qubits)`` and rotations ``(n_reuploads + 1, n_blocks, n_qubits, 3)``.
    """
    n_layers, n_blocks, n_qubits, _ = rotations.shape
    ones = (torch.eye(2) - PAULI["Z"]) / 2
    state = torch.zeros(2**n_qubits, dtype=torch.complex128)
    state[0] = 1
    for layer in range(n_layers):
        for block in range(n_blocks):
            for wire in range(n_qubits):
                a, b, g = rotations[layer, block, wire]
                rot = rotation("Z", g) @ rotation("Y", b) @ rotation("Z", a)
                state = on_wire(rot, wire, n_qubits) @ state
            for wire in range(n_qubits if n_qubits > 1 else 0):
                other = (wire + block % (n_qubits - 1) + 1) % n_qubits
                state = state - 2 * on_wire(ones, wire, n_qubits) @ on_wire(ones, other, n_qubits) @ state
        if layer < n_layers - 1:
            for wire in range(n_qubits):
                state = on_wire(rotation("Z", angles[layer, wire]), wire, n_qubits) @ state
    return state


@pytest.mark.parametrize("backend", CORE)
@pytest.mark.parametrize(("n_qubits", "n_blocks"), [(1, 2), (2, 3), (3, 2), (4, 4)])
def test_equation_7_gate_by_gate(backend, n_qubits, n_blocks):
    circuit = make_circuit(backend, n_qubits=n_qubits, n_blocks=n_blocks, readout="xyz_zz")
    angles = torch.randn(1, 2, n_qubits, dtype=torch.float64)
    state = dense_circuit((angles[0] * circuit.scales).detach(), circuit.rotations.detach())
    expected = []
    for word in circuit.words:
        image = state
        for letter, wire in word:
            image = on_wire(PAULI[letter], wire, n_qubits) @ image
        expected.append(torch.vdot(state, image).real)
    torch.testing.assert_close(circuit(angles)[0], torch.stack(expected), rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", CORE)
def test_one_qubit_is_a_point_on_the_sphere(backend):
    circuit = make_circuit(backend, n_qubits=1, n_reuploads=1, n_blocks=1, readout="xyz_zz")
    b, g, h = 0.7, 0.4, 1.1
    # The second Rot is the identity; the encoding adds to the longitude.
    set_rotations(circuit, [[0.3, b, g], [0, 0, 0]])
    expected = [math.sin(b) * math.cos(g + h), math.sin(b) * math.sin(g + h), math.cos(b)]
    values = circuit(torch.tensor([[h]], dtype=torch.float64))
    torch.testing.assert_close(values[0], torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-14)


@pytest.mark.parametrize("backend", CORE)
def test_one_qubit_gradient(backend):
    circuit = make_circuit(backend, n_qubits=1, n_reuploads=1, n_blocks=1)
    b1, g1, a2, b2, h = 0.7, 0.4, -0.9, 1.3, 0.6
    set_rotations(circuit, [[0.3, b1, g1], [a2, b2, 0.2]])
    angle = torch.tensor([[h]], dtype=torch.float64, requires_grad=True)
    value = circuit(angle)
    value.backward()
    # <Z> = cos b1 cos b2 - sin b1 sin b2 cos(g1 + h + a2)
    longitude = g1 + h + a2
    slope = math.sin(b1) * math.sin(b2) * math.sin(longitude)
    d_b1 = -math.sin(b1) * math.cos(b2) - math.cos(b1) * math.sin(b2) * math.cos(longitude)
    d_b2 = -math.cos(b1) * math.sin(b2) - math.sin(b1) * math.cos(b2) * math.cos(longitude)
    expected = torch.tensor([[0, d_b1, slope], [slope, d_b2, 0]], dtype=torch.float64)
    torch.testing.assert_close(circuit.rotations.grad.view(2, 3), expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(angle.grad.item(), slope, rtol=0, atol=1e-14)
    torch.testing.assert_close(circuit.scales.grad.item(), slope * h, rtol=0, atol=1e-14)


@pytest.mark.parametrize("backend", CORE)
def test_cz_ring_of_two_qubits_cancels(backend):
    # Range 1 on two qubits is CZ(0, 1) CZ(1, 0), the identity: the qubits stay independent.
    circuit = make_circuit(backend, n_qubits=2, readout=["X0", "X1", "X0 X1", "Z0 Z1"])
    x0, x1, xx, _ = circuit(torch.randn(3, 2, dtype=torch.float64)).T
    torch.testing.assert_close(xx, x0 * x1, rtol=0, atol=1e-14)


@pytest.mark.parametrize("backend", CORE)
def test_cz_ring_of_three_qubits_makes_a_graph_state(backend):
    # |+++>, and three rings of which two cancel. X on a node and Z on its neighbours leaves a graph state as it is.
    words = ["X0 Z1 Z2", "Z0 X1 Z2", "Z0 Z1 X2", "X0", "Z0"]
    circuit = make_circuit(backend, n_qubits=3, n_reuploads=2, n_blocks=1, readout=words)
    rotations = torch.zeros(3, 1, 3, 3, dtype=torch.float64)
    rotations[0, 0, :, 1] = math.pi / 2
    set_rotations(circuit, rotations)
    values = circuit(torch.zeros(1, 3, dtype=torch.float64))
    torch.testing.assert_close(values[0], torch.tensor([1, 1, 1, 0, 0], dtype=torch.float64), rtol=0, atol=1e-14)


@pytest.mark.parametrize("backend", CORE)
def test_values_have_period_two_pi_in_the_angles(backend):
    circuit = make_circuit(backend, n_qubits=3, readout="xyz_zz")
    set_rotations(circuit, circuit.rotations.detach().clone())
    angles = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(circuit(angles + 2 * math.pi), circuit(angles), rtol=0, atol=1e-13)


@pytest.mark.parametrize("backend", CORE)
def test_scales_multiply_the_angles(backend):
    circuit = make_circuit(backend, n_qubits=3, global_scale=True)
    angles = torch.randn(4, 2, 3, dtype=torch.float64)
    scaled = circuit(angles)
    products = angles * circuit.scales.detach() * circuit.log_global_scale.detach().exp()
    with torch.no_grad():
        circuit.scales.fill_(1)
        circuit.log_global_scale.zero_()
    torch.testing.assert_close(circuit(products), scaled, rtol=0, atol=1e-13)


def jacobian(circuit, names, n_samples=40):
    """Jacobian of all values at random inputs: ``(n_samples * n_observables, n_parameters)``."""
    values = circuit(3 * torch.randn(n_samples, circuit.n_qubits, dtype=torch.float64)).flatten()
    inputs = [getattr(circuit, name) for name in names]
    rows = [torch.autograd.grad(value, inputs, retain_graph=True) for value in values]
    return torch.stack([torch.cat([gradient.flatten() for gradient in row]) for row in rows])


@pytest.mark.parametrize("backend", ["autograd", "keep", "undo", "pennylane"])
def test_dead_angles_of_z_readout(backend):
    circuit = make_circuit(backend)
    n_samples = 3 if backend == "pennylane" else 40
    dead = (jacobian(circuit, ["rotations"], n_samples).abs().amax(0) < 1e-12).view_as(circuit.rotations)
    expected = torch.zeros_like(dead)
    expected[0, 0, :, 0] = True
    expected[-1, -1, :, 2] = True
    assert torch.equal(dead, expected)
    assert dead.sum() == 12


@pytest.mark.parametrize("backend", ["keep", "undo"])
def test_adjoint_gradient_of_dead_angles_is_exactly_zero(backend):
    circuit = make_circuit(backend, torch.float32)
    circuit(torch.randn(32, 6)).square().sum().backward()
    assert (circuit.rotations.grad == 0).sum() == 12


@pytest.mark.parametrize("backend", ["autograd", "keep", "undo"])
def test_xyz_zz_readout_revives_the_trailing_angles(backend):
    circuit = make_circuit(backend, readout="xyz_zz")
    dead = (jacobian(circuit, ["rotations"], 5).abs().amax(0) < 1e-12).view_as(circuit.rotations)
    expected = torch.zeros_like(dead)
    expected[0, 0, :, 0] = True
    assert torch.equal(dead, expected)


@pytest.mark.parametrize(("names", "rank"), [(["rotations"], 66), (["rotations", "scales"], 78)])
def test_rank_of_the_jacobian(names, rank):
    matrix = jacobian(make_circuit(), names)
    assert matrix.shape[1] == {1: 108, 2: 120}[len(names)]
    assert torch.linalg.matrix_rank(matrix, rtol=1e-10) == rank


def test_parameters():
    circuit = ReuploadingCircuit(global_scale=True)
    shapes = {name: tuple(parameter.shape) for name, parameter in circuit.named_parameters()}
    assert shapes == {"rotations": (3, 2, 6, 3), "scales": (2, 6), "log_global_scale": ()}
    assert sum(parameter.numel() for parameter in ReuploadingCircuit().parameters()) == 120
    assert torch.equal(circuit.scales, torch.ones(2, 6))
    assert circuit.log_global_scale == 0
    assert circuit.rotations.min() >= 0
    assert 6 < circuit.rotations.max() < 2 * math.pi


@pytest.mark.parametrize("backend", CORE)
def test_fixed_scales_are_ones_and_no_parameters(backend):
    fixed = make_circuit(backend, learnable_scales=False)
    assert [name for name, _ in fixed.named_parameters()] == ["rotations"]
    assert torch.equal(ReuploadingCircuit(learnable_scales=False).scales, torch.ones(2, 6))
    learnable = make_circuit(backend)
    learnable.load_state_dict(fixed.state_dict())
    angles = torch.randn(3, 6, dtype=torch.float64)
    torch.testing.assert_close(fixed(angles), learnable(angles), rtol=0, atol=0)


@pytest.mark.parametrize("backend", CORE)
def test_fixed_rotations_are_as_drawn_and_no_parameters(backend):
    fixed = make_circuit(backend, learnable_rotations=False)
    assert [name for name, _ in fixed.named_parameters()] == ["scales"]
    assert fixed.rotations.std() > 1
    learnable = make_circuit(backend)
    learnable.load_state_dict(fixed.state_dict())
    angles = torch.randn(3, 6, dtype=torch.float64)
    torch.testing.assert_close(fixed(angles), learnable(angles), rtol=0, atol=0)
    for circuit in (fixed, learnable):
        circuit(angles).sum().backward()
    assert fixed.rotations.grad is None
    torch.testing.assert_close(fixed.scales.grad, learnable.scales.grad, rtol=0, atol=1e-12)
