"""The circuits of the GANs: every backend gives the same values and gradients, and they are the published circuits."""

import math

import pennylane as qp
import pytest
import torch

from qinr_lightning.quantum import MirroredCircuit, PatchCircuits, PennyLaneBackend, StatevectorBackend
from qinr_lightning.quantum.entangler import bricks, chain
from qinr_lightning.quantum.statevector.basis import cnot_image
from tests.quantum.conftest import BACKENDS, CORE, STATEVECTORS, assert_same, evaluate


def make(kind, backend, dtype=torch.float64, **options):
    """Circuits whose parameters depend on the options but not on the backend; away from the identity."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        circuits = kind(backend=BACKENDS[backend]() if isinstance(backend, str) else backend, **options).double()
        with torch.no_grad():
            for parameter in circuits.parameters():
                parameter.add_(torch.rand_like(parameter))
    return circuits.to(dtype)


SHAPES = [
    (PatchCircuits, {"n_patches": 3, "n_qubits": 4, "n_layers": 3}),
    (PatchCircuits, {"n_patches": 2, "n_qubits": 1, "n_layers": 2}),
    (PatchCircuits, {"n_patches": 1, "n_qubits": 7, "n_layers": 1}),
    (MirroredCircuit, {"n_qubits": 5, "n_layers": 6}),
    (MirroredCircuit, {"n_qubits": 3, "n_layers": 4, "rotation": "rot"}),
]


@pytest.mark.parametrize("backend", STATEVECTORS)
@pytest.mark.parametrize(("kind", "options"), SHAPES)
def test_state_vector_agrees_with_pennylane(kind, options, backend):
    angles = torch.randn(3, options["n_qubits"], dtype=torch.float64)
    expected = evaluate(make(kind, "pennylane", **options), angles)
    assert_same(evaluate(make(kind, backend, **options), angles), expected, 1e-12)


@pytest.mark.parametrize("backend", STATEVECTORS)
def test_single_precision(backend):
    options = {"n_patches": 2, "n_qubits": 6, "n_layers": 4}
    angles = torch.rand(4, 6, dtype=torch.float64)
    expected = evaluate(make(PatchCircuits, "keep", **options), angles)
    assert_same(evaluate(make(PatchCircuits, backend, torch.float32, **options), angles), expected, 1e-5)


@pytest.mark.parametrize("backend", ["keep", "undo"])
def test_adjoint_under_autocast_does_not_round(backend):
    """In the backward pass either: a GAN's is within the step, where Lightning has autocast on."""
    circuits = make(PatchCircuits, backend, torch.float32, n_patches=2, n_qubits=4, n_layers=2)
    angles = torch.randn(4, 4)
    expected = evaluate(circuits, angles)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert_same(evaluate(circuits, angles), expected, 1e-6)


@pytest.mark.parametrize("backend", STATEVECTORS)
def test_gradcheck(backend):
    circuits = make(PatchCircuits, backend, n_patches=2, n_qubits=3, n_layers=2)
    angles = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, r: circuits.probabilities(x, r), (angles, circuits.rotations))


def test_patch_circuits_are_tsangs():
    """Written down gate by gate, in PennyLane: RY, then Rot on every qubit and CNOT from each wire to the next."""
    circuits = make(PatchCircuits, "keep", n_patches=2, n_qubits=3, n_layers=2)

    @qp.qnode(qp.device("default.qubit", wires=3))
    def reference(z, weights):
        for wire in range(3):
            qp.RY(z[wire], wires=wire)
        for layer in range(2):
            for wire in range(3):
                qp.Rot(*weights[layer, wire], wires=wire)
            qp.CNOT(wires=[0, 1])
            qp.CNOT(wires=[1, 2])
        return qp.probs(wires=[0, 1, 2])

    z = torch.rand(3, dtype=torch.float64)
    for patch in range(2):
        torch.testing.assert_close(
            circuits(z[None])[0, patch], reference(z, circuits.rotations[patch]), rtol=0, atol=1e-12
        )


def test_mirrored_circuit_is_herrs():
    """Six layers of single rotations about the drawn axes; the second half is the first in reverse."""
    circuit = make(MirroredCircuit, "keep", n_qubits=4, n_layers=6)
    gates = [qp.RX, qp.RY, qp.RZ]
    even, odd = [(0, 1), (2, 3)], [(1, 2)]

    @qp.qnode(qp.device("default.qubit", wires=4))
    def reference(z, angles):
        def rotate(layer):
            for wire in range(4):
                gates[circuit.axes[layer, wire]](angles[layer, wire], wires=wire)

        def entangle(pairs):
            for pair in pairs:
                qp.CNOT(wires=pair)

        for wire in range(4):
            qp.RX(z[wire], wires=wire)
        for layer, pairs in enumerate((even, odd, even)):
            rotate(layer)
            entangle(pairs)
        for layer, pairs in zip((3, 4, 5), (even, odd, even), strict=True):
            entangle(pairs)
            rotate(layer)
        return [qp.expval(qp.PauliZ(wire)) for wire in range(4)]

    z = torch.rand(4, dtype=torch.float64)
    expected = torch.stack(reference(z, circuit.angles))
    torch.testing.assert_close(circuit(z[None])[0], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", CORE)
@pytest.mark.parametrize("rotation", ["axis", "rot"])
def test_mirrored_circuit_starts_at_the_identity(backend, rotation):
    circuit = MirroredCircuit(n_qubits=5, n_layers=8, rotation=rotation, backend=BACKENDS[backend]()).double()
    z = math.pi * torch.rand(4, 5, dtype=torch.float64)
    # The angles were drawn in single precision.
    torch.testing.assert_close(circuit(z), z.cos(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("backend", CORE)
def test_probabilities(backend, dtype):
    values = make(PatchCircuits, backend, dtype, n_patches=3, n_qubits=4, n_layers=2)(torch.rand(5, 4))
    assert values.shape == (5, 3, 16)
    assert values.dtype is dtype
    torch.testing.assert_close(values.sum(-1), torch.ones(5, 3, dtype=dtype))


def test_parameter_counts():
    assert PatchCircuits(28, 6, 4).rotations.numel() == 2016
    assert PatchCircuits(4, 10, 30).rotations.numel() == 3600
    assert PatchCircuits(28, 6, 2).rotations.numel() == 1008
    assert MirroredCircuit(7, 48, "rot").angles.numel() == 1008
    assert MirroredCircuit(10, 4).angles.numel() == 40


def test_cnot_gates_as_permutations():
    # The chain's first gate flips wire 1 of |110>, which leaves the second nothing to do.
    assert cnot_image(3, chain(3))[0b110] == 0b100
    assert cnot_image(3, chain(3))[0b100] == 0b111
    assert bricks(5, 0) == ((0, 1), (2, 3))
    assert bricks(5, 1) == ((1, 2), (3, 4))


@pytest.mark.parametrize("backend", CORE)
def test_runs_in_inference_mode_before_training(backend):
    circuits = make(PatchCircuits, backend, n_patches=2, n_qubits=5, n_layers=2)
    angles = torch.rand(3, 5, dtype=torch.float64)
    with torch.inference_mode():
        before = circuits(angles)
    values = circuits(angles)
    values.square().sum().backward()
    torch.testing.assert_close(before, values, rtol=0, atol=1e-14)


def test_adjoint_refuses_a_second_derivative():
    circuits = make(PatchCircuits, "keep", n_patches=1, n_qubits=2, n_layers=1)
    with pytest.raises(NotImplementedError, match=r'second derivatives.*gradient="autograd"'):
        torch.autograd.grad(
            circuits(torch.rand(2, 2)).square().sum(), circuits.rotations, create_graph=True, materialize_grads=True
        )


def test_adjoint_refuses_torch_func():
    with pytest.raises(NotImplementedError, match='gradient="autograd"'):
        torch.func.vmap(make(PatchCircuits, StatevectorBackend(), n_patches=1, n_qubits=2))(torch.rand(4, 2, 2))


def test_pennylane_with_shots():
    backend = PennyLaneBackend(diff_method="parameter-shift", shots=10_000, device_options={"seed": 1})
    options = {"n_patches": 2, "n_qubits": 2, "n_layers": 1}
    angles = torch.rand(3, 2, dtype=torch.float64)
    error = make(PatchCircuits, backend, **options)(angles) - make(PatchCircuits, "keep", **options)(angles)
    assert 0 < error.abs().max() < 6 * 0.5 / 10_000**0.5


@pytest.mark.parametrize("shape", [(6,), (4, 5), (2, 3, 6)])
def test_angles_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"angles have shape .*; expected \(batch, 6\)"):
        PatchCircuits()(torch.zeros(shape))
