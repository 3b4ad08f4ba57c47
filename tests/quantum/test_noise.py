"""Noise: PennyLane's default.mixed is the referee of values and gradients; no noise is the state vector."""

import math
import random

import pennylane as qp
import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import (
    AmplitudeDamping,
    AnsatzCircuit,
    Backend,
    DensityMatrixBackend,
    Depolarizing,
    DeviceNoise,
    Gate,
    GateList,
    Input,
    Noise,
    Parameter,
    PennyLaneBackend,
    PhaseDamping,
    RandomRotation,
    ReadoutError,
    ReuploadingCircuit,
    StatevectorBackend,
)
from qinr_lightning.quantum.ansatz import GATES
from qinr_lightning.quantum.noise import CHANNELS, Channel
from qinr_lightning.quantum.pennylane_backend import quantum_function
from qinr_lightning.quantum.readout import parse_readout, to_pennylane
from tests.quantum.conftest import MIXED_WORDS

WORDS = parse_readout(MIXED_WORDS, 3)
NOISES = [
    Depolarizing(0.03),
    AmplitudeDamping(0.05),
    PhaseDamping(0.04),
    ReadoutError(0.02),
    RandomRotation(0.7),
    DeviceNoise(two_qubit_error=0.02, t1=5_000, t2=4_000),
]


def random_circuit(seed: int, n_gates: int = 12) -> GateList:
    """Gates of every kind on three wires, with inputs, parameters and constants as angles."""
    rng = random.Random(seed)
    gates = []
    for number in range(n_gates):
        # All names come up over the seeds that the tests take.
        name = list(GATES)[(number + seed * n_gates) % len(GATES)]
        angles = tuple(
            rng.choice([Input(rng.randrange(3)), Parameter(rng.randrange(4)), rng.uniform(-3, 3)])
            for _ in range(GATES[name].n_angles)
        )
        gates.append(Gate(name, tuple(rng.sample(range(3), GATES[name].n_wires)), angles))
    # Nothing of the first gates is lost in the words that |0> has.
    return GateList(3, (*(Gate("U3", (wire,), (Parameter(wire), 0.3, Input(wire))) for wire in range(3)), *gates))


def angles_of(ansatz: GateList, batch: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """Random inputs and parameters of a circuit."""
    return torch.randn(batch, ansatz.n_inputs).double(), torch.randn(ansatz.n_parameters).double()


def results(backend: Backend, ansatz: GateList, inputs: torch.Tensor, parameters: torch.Tensor) -> list[torch.Tensor]:
    """Values and the gradients of their weighted sum."""
    inputs, parameters = inputs.clone().requires_grad_(), parameters.clone().requires_grad_()
    values = backend.expectations(ansatz, inputs, parameters, WORDS)
    weights = torch.linspace(-1, 1, values.numel(), dtype=torch.float64).view_as(values)
    # A circuit may happen to have no input, or no parameter.
    gradients = torch.autograd.grad((weights * values).sum(), [inputs, parameters], allow_unused=True)
    return [values.detach(), *(torch.zeros(1).double() if g is None else g for g in gradients)]


def assert_close(actual, expected, tolerance=1e-6):
    for one, other in zip(actual, expected, strict=True):
        assert (one - other).abs().max() < tolerance


# PennyLane's own, of phase shifts on default.mixed.
@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.label)
def test_every_noise_is_that_of_default_mixed(noise, seed):
    ansatz = random_circuit(seed)
    inputs, parameters = angles_of(ansatz, 2 if seed == 0 else 1)  # The referee takes them one by one.
    expected = results(PennyLaneBackend("default.mixed", noise=noise), ansatz, inputs, parameters)
    assert_close(results(DensityMatrixBackend(noise), ansatz, inputs, parameters), expected)


@pytest.mark.parametrize("seed", range(3))
def test_no_noise_is_the_state_vector_for_every_gate(seed):
    ansatz = random_circuit(seed)
    inputs, parameters = angles_of(ansatz, 3)
    expected = results(StatevectorBackend(), ansatz, inputs, parameters)
    assert_close(results(DensityMatrixBackend(Depolarizing(0.0)), ansatz, inputs, parameters), expected)
    for group_size in (1, 3):
        backend = DensityMatrixBackend(AmplitudeDamping(0.0), group_size)
        assert_close(results(backend, ansatz, inputs, parameters), expected)


def test_the_papers_circuit_in_single_precision():
    circuit, noisy = ReuploadingCircuit(readout="xyz_zz"), ReuploadingCircuit(readout="xyz_zz", noise=PhaseDamping(0.0))
    noisy.load_state_dict(circuit.state_dict())
    angles = torch.randn(4, 6)
    assert noisy(angles).dtype == torch.float32
    torch.testing.assert_close(noisy(angles), circuit(angles), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", list(CHANNELS))
def test_kraus_matrices_are_pennylanes(name):
    expected = getattr(qp, name)(0.3, wires=0)
    matrices = [expected.matrix()] if name == "RX" else expected.kraus_matrices()
    for one, other in zip(Channel(name, 0.3).kraus(), matrices, strict=True):
        assert (one - torch.as_tensor(other)).abs().max() < 1e-12


def test_readout_errors_flip_the_bits_that_are_measured():
    """Also where X or Y is measured: the wire is turned first, and then its bit is misread."""
    ansatz, error = random_circuit(0), 0.1

    inputs, parameters = angles_of(ansatz, 1)

    gates_of = quantum_function(ansatz, ())

    def measured(word):
        @qp.qnode(qp.device("default.mixed", wires=3), interface="torch")
        def circuit():
            gates_of(inputs[0], parameters)
            for letter, wire in word:
                if letter != "Z":
                    qp.Hadamard(wire) if letter == "X" else qp.RX(math.pi / 2, wires=wire)
                qp.BitFlip(error, wires=wire)
            return qp.expval(to_pennylane(tuple(("Z", wire) for _, wire in word)))

        return circuit()

    values = DensityMatrixBackend(ReadoutError(error)).expectations(ansatz, inputs, parameters, WORDS)[0]
    for value, word in zip(values, WORDS, strict=True):
        assert abs(value - measured(word)) < 1e-6


def test_random_rotations_are_the_mean_over_their_angles():
    width, steps = 1.3, 4001
    angles = torch.linspace(0, width, steps, dtype=torch.float64)

    def gates(last):
        for wire in range(2):
            yield Gate("U3", (wire,), (0.4, 0.9, 0.2))
        yield Gate("CNOT", (0, 1))
        yield from last

    words = parse_readout(["Z0", "Y0", "X0"], 2)
    turned = GateList(2, tuple(gates([Gate("RX", (0,), (Input(0),))])))
    means = torch.trapezoid(
        StatevectorBackend().expectations(turned, angles[:, None], torch.zeros(0).double(), words), angles, dim=0
    )
    noisy = DensityMatrixBackend(RandomRotation(width))
    values = noisy.expectations(GateList(2, tuple(gates([]))), torch.zeros(1, 1), torch.zeros(0).double(), words)
    torch.testing.assert_close(values[0], means / width, rtol=0, atol=1e-6)


def test_each_wire_of_a_gate_on_two_wires_gets_the_channel():
    """Depolarizing in closed form: X, Y and Z shrink by 1 - 4 p / 3 for each channel on their wire."""

    def gates(n_qubits):
        yield Gate("CNOT", (0, 1))
        yield Gate("PauliX", (1,))

    circuit = AnsatzCircuit(gates, 2, ["Z0", "Z1", "Z0 Z1"], noise=Depolarizing(0.03))
    left = 1 - 4 * 0.03 / 3
    expected = torch.tensor([left, -(left**2), -(left**3)])
    torch.testing.assert_close(circuit(torch.zeros(1, 2))[0], expected, rtol=0, atol=1e-6)


def test_device_noise_relaxes_as_its_times_say():
    noise = DeviceNoise(one_qubit_error=0, readout_error=0, t1=1000, t2=700, one_qubit_time=100)

    def values(name, words):
        ansatz = GateList(1, (Gate(name, (0,)),))
        backend = DensityMatrixBackend(noise)
        return backend.expectations(ansatz, torch.zeros(1, 0), torch.zeros(0).double(), parse_readout(words, 1))[0, 0]

    assert values("PauliX", ["Z0"]) == pytest.approx(1 - 2 * math.exp(-0.1))
    assert values("Hadamard", ["X0"]) == pytest.approx(math.exp(-100 / 700))


def test_readout_errors_are_exact_in_double_precision():
    zero = GateList(1, (Gate("PauliZ", (0,)),))
    nothing = torch.zeros(1, 0, dtype=torch.float64)
    values = DensityMatrixBackend(ReadoutError(0.013)).expectations(zero, nothing, nothing[0], ((("Z", 0),),))
    assert values.item() == pytest.approx(1 - 2 * 0.013, abs=1e-14)


def test_other_strengths_have_other_labels():
    assert DeviceNoise().label == "device"
    assert DeviceNoise(t1=1e5, two_qubit_error=0.3).label == "device_two_qubit_error_0.3_t1_100000"


@pytest.mark.parametrize("noise", [Depolarizing(0.02), ReadoutError(0.1), AmplitudeDamping(0.1)])
def test_probabilities_fit_the_expectation_values(noise):
    ansatz = random_circuit(1)
    inputs, parameters = angles_of(ansatz, 2)
    backend = DensityMatrixBackend(noise)
    probabilities = backend.probabilities(ansatz, inputs, parameters[None])[:, 0]
    assert probabilities.min() >= -1e-12
    torch.testing.assert_close(probabilities.sum(1), torch.ones(2).double())
    signs = torch.tensor([1, -1]).double()
    value = torch.einsum("nabc,a,c->n", probabilities.view(2, 2, 2, 2), signs, signs)
    word = parse_readout(["Z0 Z2"], 3)
    torch.testing.assert_close(value, backend.expectations(ansatz, inputs, parameters, word)[:, 0])


class Crosstalk(Noise):
    """A model as somebody may write it; one that can be changed where it has no hash."""

    label = "crosstalk"

    def __init__(self, channel: str, is_mutable: bool = False) -> None:
        self.channel = channel
        if is_mutable:
            self.__class__ = Mutable

    def after_gate(self, n_wires):
        return (Channel(self.channel, 0.1),)


class Mutable(Crosstalk):
    __hash__ = None


class Elsewhere(Backend):
    """A simulator that knows no noise."""

    def expectations(self, ansatz, inputs, parameters, words): ...

    def probabilities(self, ansatz, inputs, parameters): ...


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Depolarizing(1.5), "probability=1.5: must be from 0 to 1"),
        (lambda: RandomRotation(0), "width=0: must be above 0"),
        (lambda: DeviceNoise(t1=1, t2=3), "t2=3: must be at most 2 t1 = 2"),
        (lambda: ReuploadingCircuit(backend=Elsewhere(), noise=Depolarizing(0.1)), "noise=.*: Elsewhere has no noise"),
        (
            lambda: ReuploadingCircuit(noise=Crosstalk("PhaseFlop")),
            "noise=Crosstalk: has the channel PhaseFlop; known: DepolarizingChannel",
        ),
        (
            lambda: ReuploadingCircuit(noise=Crosstalk("BitFlip", is_mutable=True)),
            "noise=Mutable: must be immutable, such as a @dataclass",
        ),
        (
            lambda: PennyLaneBackend(noise=Depolarizing(0.1)),
            "noise=depolarizing_0.1: device default.qubit has no noise channels",
        ),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(SettingError, match=message):
        make()
