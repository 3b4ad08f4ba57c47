"""Every backend, in every way it can compute, gives the same values and the same gradients."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from qinr_lightning.quantum import PatchCircuits, PennyLaneBackend, ReuploadingCircuit
from tests.quantum.conftest import CORE, MIXED_WORDS, STATEVECTORS, assert_same, evaluate, make_circuit


@pytest.mark.parametrize("backend", STATEVECTORS)
@pytest.mark.parametrize("readout", ["z", "xyz_zz"])
def test_paper_circuit(backend, readout, dtype, tolerance):
    reference = make_circuit("pennylane", readout=readout)
    angles = torch.randn(5, 6, dtype=torch.float64)
    assert_same(evaluate(make_circuit(backend, dtype, readout=readout), angles), evaluate(reference, angles), tolerance)


@pytest.mark.parametrize("backend", STATEVECTORS)
@pytest.mark.parametrize(
    ("n_qubits", "n_reuploads", "n_blocks", "readout"),
    [
        (1, 1, 1, "z"),
        (1, 2, 3, "xyz_zz"),
        (2, 1, 2, "xyz_zz"),
        (3, 3, 1, MIXED_WORDS),
        (3, 2, 4, MIXED_WORDS),
        (4, 1, 3, "z"),
        (5, 2, 2, "xyz_zz"),
        (7, 1, 2, ["X0 Y3 Z6", "Y5", "Z2 Z4"]),
        (8, 2, 1, "z"),
    ],
)
def test_shapes_of_circuit(backend, n_qubits, n_reuploads, n_blocks, readout):
    options = {
        "n_qubits": n_qubits,
        "n_reuploads": n_reuploads,
        "n_blocks": n_blocks,
        "readout": readout,
        "global_scale": True,
    }
    angles = torch.randn(3, n_reuploads, n_qubits, dtype=torch.float64)
    reference = evaluate(make_circuit("pennylane", **options), angles)
    assert_same(evaluate(make_circuit(backend, **options), angles), reference, 1e-12)


@pytest.mark.parametrize("backend", CORE)
def test_batch_is_one_sample_at_a_time(backend):
    circuit = make_circuit(backend, n_qubits=3, readout=MIXED_WORDS)
    angles = torch.randn(4, 3, dtype=torch.float64)
    one_by_one = torch.cat([circuit(sample[None]) for sample in angles])
    torch.testing.assert_close(circuit(angles), one_by_one, rtol=0, atol=1e-12)


@pytest.mark.parametrize("backend", CORE)
def test_one_set_of_angles_serves_all_encodings(backend):
    circuit = make_circuit(backend, n_qubits=3, n_reuploads=3)
    angles = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(circuit(angles), circuit(angles[:, None].expand(4, 3, 3)), rtol=0, atol=0)


@pytest.mark.parametrize("backend", CORE)
def test_values_are_real_and_of_the_parameters_dtype(backend, dtype):
    values = make_circuit(backend, dtype, n_qubits=2)(torch.randn(3, 2, dtype=torch.float64))
    assert values.dtype is dtype
    assert values.shape == (3, 2)
    assert values.abs().max() <= 1


@pytest.mark.parametrize("backend", STATEVECTORS)
@pytest.mark.parametrize("readout", ["z", MIXED_WORDS])
def test_gradcheck(backend, readout):
    circuit = make_circuit(backend, n_qubits=3, n_reuploads=2, n_blocks=2, readout=readout)
    angles = torch.randn(2, 2, 3, dtype=torch.float64, requires_grad=True)

    def run(angles, rotations):
        return circuit.backend.expectations(circuit.ansatz, angles, rotations, circuit.words)

    assert torch.autograd.gradcheck(run, (angles, circuit.rotations))


@pytest.mark.parametrize("backend", STATEVECTORS)
@pytest.mark.parametrize("wanted", ["angles", "rotations"])
def test_gradient_of_one_input_alone(backend, wanted):
    circuit = make_circuit(backend, n_qubits=3, n_blocks=3, readout=MIXED_WORDS)
    angles = torch.randn(4, 2, 3, dtype=torch.float64, requires_grad=True)
    inputs = {"angles": angles, "rotations": circuit.rotations}
    both = torch.autograd.grad(circuit(angles).sin().sum(), [*inputs.values()])
    for name, tensor in inputs.items():
        tensor.requires_grad_(name == wanted)
    (alone,) = torch.autograd.grad(circuit(angles).sin().sum(), inputs[wanted])
    torch.testing.assert_close(alone, both[list(inputs).index(wanted)], rtol=0, atol=1e-13)


@pytest.mark.parametrize("backend", STATEVECTORS)
def test_backward_twice_gives_the_same(backend):
    circuit = make_circuit(backend)
    loss = circuit(torch.randn(4, 6, dtype=torch.float64)).square().sum()
    first, second = (torch.autograd.grad(loss, circuit.rotations, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize("backend", ["autograd", "pennylane"])
def test_second_derivative(backend):
    circuit = make_circuit(backend, n_qubits=1, n_reuploads=1, n_blocks=1)
    run = torch.autograd.functional.hessian
    angle = torch.randn(1, 1, dtype=torch.float64)
    step = 1e-4
    difference = (circuit(angle + step) - 2 * circuit(angle) + circuit(angle - step)) / step**2
    torch.testing.assert_close(
        run(lambda x: circuit(x).sum(), angle).squeeze(), difference.squeeze(), rtol=0, atol=1e-6
    )


def test_adjoint_refuses_a_second_derivative():
    circuit = make_circuit("keep", n_qubits=2)
    angles = torch.randn(2, 2, dtype=torch.float64, requires_grad=True)
    with pytest.raises(NotImplementedError, match=r'second derivatives.*gradient="autograd"'):
        torch.autograd.grad(circuit(angles).sum(), angles, create_graph=True)


def test_torch_func_with_autograd():
    circuit = make_circuit("autograd", n_qubits=3)
    angles = torch.randn(4, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(circuit)(angles), circuit(angles.flatten(0, 1)).view(4, 2, 3))


def test_adjoint_refuses_torch_func():
    with pytest.raises(NotImplementedError, match='gradient="autograd"'):
        torch.func.vmap(make_circuit("keep"))(torch.randn(4, 2, 6))


@pytest.mark.parametrize("backend", STATEVECTORS)
def test_autocast_does_not_round(backend):
    circuit = make_circuit(backend, torch.float32)
    angles = torch.randn(4, 6)
    expected = circuit(angles)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        values = circuit(angles)
    torch.testing.assert_close(values, expected, rtol=0, atol=0)


@pytest.mark.parametrize("backend", ["keep", "undo"])
def test_adjoint_under_autocast_does_not_round(backend):
    circuit = make_circuit(backend, torch.float32)
    angles = torch.randn(4, 6)
    expected = evaluate(circuit, angles)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert_same(evaluate(circuit, angles), expected, 1e-6)


def test_threads_have_gradients_of_their_own():
    """Which take memory that serves again."""
    circuit = make_circuit("keep", torch.float32)
    angles = torch.randn(256, 6)
    expected = evaluate(circuit, angles)

    def again_and_again(_):
        own = copy.deepcopy(circuit)
        for _ in range(200):
            assert_same(evaluate(own, angles), expected, 1e-6)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(again_and_again, range(2)))


@pytest.mark.parametrize(
    "make", [lambda n: make_circuit("keep", n_qubits=n), lambda n: PatchCircuits(2, n, 2).double()]
)
def test_without_gradient_states_are_held_a_part_of_the_batch_at_a_time(make, monkeypatch):
    circuit, angles = make(5), torch.randn(7, 5, dtype=torch.float64)
    at_once = []
    name = "probabilities" if isinstance(circuit, PatchCircuits) else "expectations"
    run = getattr(circuit.backend, name)

    def counting(ansatz, inputs, *others):
        at_once.append(len(inputs))
        return run(ansatz, inputs, *others)

    monkeypatch.setattr(circuit.backend, name, counting)
    expected = circuit(angles)
    monkeypatch.setattr("qinr_lightning.quantum.circuit._BYTES_AT_ONCE", 3 * circuit.bytes_needed(1))
    with torch.no_grad():
        torch.testing.assert_close(circuit(angles), expected, rtol=0, atol=1e-14)
    circuit(angles)
    assert at_once == [7, 3, 3, 1, 7]


@pytest.mark.parametrize("backend", CORE)
def test_runs_in_inference_mode_before_training(backend):
    # The constants that the first call caches have to serve the backward pass of the next.
    circuit = make_circuit(backend, n_qubits=4, n_reuploads=1, n_blocks=5, readout=["X0", "Z1 Y3"])
    angles = torch.randn(2, 4, dtype=torch.float64)
    with torch.inference_mode():
        before = circuit(angles)
    values = circuit(angles)
    values.sum().backward()
    torch.testing.assert_close(before, values, rtol=0, atol=1e-14)


def test_state_dict_moves_between_backends():
    angles = torch.randn(3, 6, dtype=torch.float64)
    source = ReuploadingCircuit(backend="statevector", global_scale=True).double()
    target = ReuploadingCircuit(backend="pennylane", global_scale=True).double()
    target.load_state_dict(source.state_dict())
    torch.testing.assert_close(target(angles), source(angles), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_parameters_are_refused(dtype):
    with pytest.raises(TypeError, match="needs float32 or float64"):
        ReuploadingCircuit().to(dtype)(torch.zeros(1, 6))


@pytest.mark.parametrize(
    ("device", "diff_method"), [("lightning.qubit", "adjoint"), ("default.qubit", "parameter-shift")]
)
@pytest.mark.parametrize("batch", [1, 3])
def test_pennylane_devices(device, diff_method, batch):
    options = {"n_qubits": 2, "n_reuploads": 1, "n_blocks": 2, "readout": ["X0", "Z0 Z1"]}
    angles = torch.randn(batch, 2, dtype=torch.float64)
    expected = evaluate(make_circuit("keep", **options), angles)
    # lightning.qubit's values come back as float32.
    assert_same(evaluate(make_circuit(PennyLaneBackend(device, diff_method), **options), angles), expected, 1e-7)


def test_pennylane_shots():
    n_shots = 10_000
    options = {"n_qubits": 3, "readout": ["Z0", "X1", "Y0 Z2"]}
    backend = PennyLaneBackend(diff_method="parameter-shift", shots=n_shots, device_options={"seed": 1})
    angles = torch.randn(4, 3, dtype=torch.float64)
    exact = make_circuit("keep", **options)(angles)
    # Six standard errors of a mean of +-1; never exact.
    error = (make_circuit(backend, **options)(angles) - exact).abs()
    assert 0 < error.max() < 6 / n_shots**0.5


@pytest.mark.slow
@pytest.mark.parametrize("n_qubits", [9, 10, 12])
@pytest.mark.parametrize("backend", ["keep", "undo", "autograd", "undo-8"])
def test_more_qubits(n_qubits, backend):
    options = {"n_qubits": n_qubits, "n_reuploads": 1, "readout": "xyz_zz"}
    angles = torch.randn(2, n_qubits, dtype=torch.float64)
    assert_same(
        evaluate(make_circuit(backend, **options), angles),
        evaluate(make_circuit("pennylane", **options), angles),
        1e-12,
    )


@pytest.mark.slow
def test_deep_circuit_keeps_its_precision():
    options = {"n_qubits": 4, "n_reuploads": 60, "n_blocks": 3, "readout": "xyz_zz"}
    angles = torch.randn(3, 4, dtype=torch.float64)
    expected = evaluate(make_circuit("autograd", **options), angles)
    assert_same(evaluate(make_circuit("undo", **options), angles), expected, 1e-11)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["keep", "undo", "autograd"])
def test_compiled(backend):
    circuit = make_circuit(backend)
    angles = torch.randn(4, 6, dtype=torch.float64)
    expected = evaluate(circuit, angles)
    circuit.forward = torch.compile(circuit.forward, backend="aot_eager")
    assert_same(evaluate(circuit, angles), expected, 1e-12)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("backend", STATEVECTORS)
def test_gpu(backend, dtype, tolerance):
    circuit = make_circuit(backend, dtype, readout="xyz_zz")
    angles = torch.randn(4, 6, dtype=dtype)
    expected = evaluate(circuit, angles)
    actual = evaluate(circuit.cuda(), angles.cuda())
    assert actual.values.is_cuda
    assert_same(
        type(actual)(actual.values.cpu(), {n: g.cpu() for n, g in actual.gradients.items()}), expected, tolerance
    )
