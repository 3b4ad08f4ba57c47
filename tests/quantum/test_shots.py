"""Finite shots: closed forms of their spread, PennyLane's shots beside ours, and gradients by shifted angles."""

import numpy as np
import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import (
    AmplitudeDamping,
    DensityMatrixBackend,
    DeviceNoise,
    Gate,
    GateList,
    Input,
    PatchCircuits,
    PennyLaneBackend,
    ReadoutError,
    ReuploadingCircuit,
    StatevectorBackend,
)
from qinr_lightning.quantum.readout import count_measurement_groups, measurement_groups, parse_readout
from qinr_lightning.quantum.shots import Shots
from tests.quantum.conftest import MIXED_WORDS, make_circuit
from tests.quantum.test_noise import WORDS, angles_of, assert_close, random_circuit, results

NUMBERS = (64, 256, 1024, 4096, 16384, 65536)


@pytest.mark.parametrize("readout", ["z", "xyz_zz", "zz"])
def test_errors_fall_as_the_root_of_the_shots_and_are_as_large_as_they_must_be(readout):
    """The variance of an estimate is (1 - value^2) / shots."""
    circuit, angles = make_circuit(readout=readout), torch.randn(100, 6, dtype=torch.float64)
    with torch.no_grad():
        exact = circuit(angles)
        roots = []
        for number in NUMBERS:
            circuit.backend = StatevectorBackend(shots=number)
            squared = (circuit(angles) - exact).square()
            roots.append(squared.mean().sqrt())
            # Over 20 seeds 0.89 to 1.14: values of one group are correlated.
            assert float(squared.mean() / ((1 - exact**2) / number).mean()) == pytest.approx(1, abs=0.2)
    (slope, _), covariance = np.polyfit(np.log(NUMBERS), np.log(roots), 1, cov=True)
    assert abs(slope + 0.5) < max(4 * covariance[0, 0] ** 0.5, 0.01)


def estimates(backend, ansatz, inputs, parameters, words, n_repetitions):
    with torch.no_grad():
        return backend.expectations(ansatz, inputs.expand(n_repetitions, -1), parameters, words)


def test_shots_are_distributed_as_pennylanes():
    """Means and covariances of estimates: words of one group come from the same shots, those of different ones not."""
    ansatz, words, number = random_circuit(2), parse_readout(["Z0", "Z1 Z2", "X1", "Z0 Z2", "Y0 X2"], 3), 50
    inputs, parameters = angles_of(ansatz, 1)
    exact = StatevectorBackend().expectations(ansatz, inputs, parameters, words)[0]
    ours = estimates(StatevectorBackend(shots=number), ansatz, inputs, parameters, words, 4000)
    theirs = estimates(
        PennyLaneBackend(shots=number, device_options={"seed": 1}), ansatz, inputs, parameters, words, 500
    )
    products = StatevectorBackend().expectations(ansatz, inputs, parameters, parse_readout(["Z0 Z1 Z2", "Z2"], 3))[0]
    for values in (ours, theirs):
        off = (values.mean(0) - exact) / ((1 - exact**2) / number / len(values)).sqrt()
        assert off.abs().max() < 4
        covariance = torch.cov(values.T) * number
        tolerance = 6 / len(values) ** 0.5
        torch.testing.assert_close(covariance.diagonal(), 1 - exact**2, rtol=0, atol=tolerance)
        # Of Z0 with Z1 Z2 and with Z0 Z2, all from the same shots.
        expected = products - exact[0] * torch.stack([exact[1], exact[3]])
        torch.testing.assert_close(covariance[0, [1, 3]], expected, rtol=0, atol=tolerance)
        assert covariance[2, 0].abs() < tolerance


def test_counts_are_multinomial():
    probabilities = torch.tensor([0.5, 0.3, 0.15, 0.05, 0.0]).double()
    counts = Shots(1000).counts(probabilities.expand(200, 5))
    assert (counts.sum(1) == 1000).all()
    assert (counts[:, 4] == 0).all()
    expected = 1000 * probabilities[:4]
    chi_square = ((counts[:, :4] - expected) ** 2 / expected).sum()
    # 600 degrees of freedom, of which the standard deviation is 35.
    assert float(chi_square) == pytest.approx(600, abs=4 * 35)


@pytest.mark.parametrize("readout", ["z", "xyz_zz", "zz"])
def test_groups_serve_every_word_once(readout):
    words = parse_readout(readout, 6)
    groups = measurement_groups(words, 6)
    assert len(groups) == count_measurement_groups(words)
    assert sorted(position for group in groups for position in group.words) == list(range(len(words)))
    for group in groups:
        assert all(group.letters[wire] == letter for position in group.words for letter, wire in words[position])


@pytest.mark.parametrize(
    "backend", [StatevectorBackend(shots=400), DensityMatrixBackend(AmplitudeDamping(0), shots=Shots(400))]
)
def test_the_same_shots_again(backend):
    ansatz = random_circuit(1)
    inputs, parameters = angles_of(ansatz, 1)
    first, again = (estimates(backend, ansatz, inputs, parameters, WORDS, 3) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])
    other = estimates(StatevectorBackend(shots=400, seed=1), ansatz, inputs, parameters, WORDS, 3)
    assert not torch.equal(first, other)


def test_groups_on_a_device_with_a_seed_have_errors_of_their_own():
    """X and Y of |0> are read in two groups; with the same random numbers their errors would be the same."""
    ansatz = GateList(1, (Gate("RZ", (0,), (Input(0),)),))
    backend = PennyLaneBackend(shots=100, device_options={"seed": 1})
    words = parse_readout(["X0", "Y0"], 1)
    with torch.no_grad():
        values = backend.expectations(ansatz, torch.zeros(200, 1), torch.zeros(0), words)
    assert values.T.corrcoef()[0, 1].abs() < 0.3
    assert values.std(0).min() > 0.05
    again = PennyLaneBackend(shots=100, device_options={"seed": 1})
    assert torch.equal(again.expectations(ansatz, torch.zeros(200, 1), torch.zeros(0), words), values)


def test_other_draws_have_other_labels():
    assert StatevectorBackend(shots=16).label == "shots_16"
    assert StatevectorBackend(shots=16, seed=1).label == "shots_16_seed_1"
    assert PennyLaneBackend(shots=16, device_options={"seed": 1}).label == "default.qubit_seed_1/shots_16"
    secret = PennyLaneBackend(device_options={"seed": None})
    assert secret.label == "default.qubit"


def test_shifted_circuits_under_noise_come_in_parts_of_bounded_memory(monkeypatch):
    """Of a density matrix there are 4**n numbers, so half as many of twice as many qubits."""
    sizes = []
    run = DensityMatrixBackend._run
    monkeypatch.setattr(
        DensityMatrixBackend, "_run", lambda self, *given: sizes.append(len(given[1])) or run(self, *given)
    )
    monkeypatch.setattr("qinr_lightning.quantum.shots.AT_A_TIME", 2**10)
    circuit = ReuploadingCircuit(n_qubits=3, backend=StatevectorBackend(shots=5), noise=ReadoutError(0.1))
    circuit(torch.randn(2, 3)).sum().backward()
    assert max(sizes) * 4**3 <= 2**10
    assert max(sizes) > 2


@pytest.mark.parametrize("noise", [ReadoutError(0.1), DeviceNoise(two_qubit_error=0.05)])
def test_shots_of_noisy_circuits_are_those_of_what_is_read(noise):
    ansatz = random_circuit(0)
    inputs, parameters = angles_of(ansatz, 1)
    exact = DensityMatrixBackend(noise).expectations(ansatz, inputs, parameters, WORDS)[0]
    values = estimates(DensityMatrixBackend(noise, shots=Shots(500)), ansatz, inputs, parameters, WORDS, 400)
    assert ((values.mean(0) - exact) / ((1 - exact**2) / 500 / 400).sqrt()).abs().max() < 4
    spread = values.var(0) / ((1 - exact**2) / 500)
    torch.testing.assert_close(spread, torch.ones_like(spread), rtol=0, atol=0.35)


@pytest.mark.parametrize("seed", range(3))
def test_gradients_by_shifted_angles_are_those_of_autograd(seed, monkeypatch):
    """Of every gate, with as many shots as there can be: what is counted is what is probable."""
    ansatz = random_circuit(seed)
    inputs, parameters = angles_of(ansatz, 2)
    exact = results(StatevectorBackend(), ansatz, inputs, parameters)
    noisy = results(DensityMatrixBackend(AmplitudeDamping(0.1)), ansatz, inputs, parameters)
    monkeypatch.setattr(Shots, "counts", lambda self, probabilities, *owner: self.number * probabilities)
    assert_close(results(StatevectorBackend(shots=7), ansatz, inputs, parameters), exact, 1e-9)
    shots = Shots(7)
    assert_close(results(DensityMatrixBackend(AmplitudeDamping(0.1), shots=shots), ansatz, inputs, parameters), noisy)


@pytest.mark.parametrize("noise", [None, ReadoutError(0.02)])
def test_under_autocast_shots_are_the_same(noise):
    circuit = ReuploadingCircuit(n_qubits=3, backend=StatevectorBackend(shots=50), noise=noise)
    angles = torch.randn(4, 3, requires_grad=True)
    expected = circuit(angles)
    (gradient,) = torch.autograd.grad(expected.sum(), angles)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        values = circuit(angles)
        (rounded,) = torch.autograd.grad(values.sum(), angles)
    torch.testing.assert_close((values, rounded), (expected, gradient), rtol=0, atol=1e-6)


def test_gradients_of_shots_are_near_the_exact_ones():
    circuit, angles = make_circuit(n_qubits=3, n_blocks=1, readout=MIXED_WORDS), torch.randn(2, 3).double()
    gradients = []
    for backend in (StatevectorBackend(), StatevectorBackend(shots=100_000)):
        circuit.backend = backend
        gradients.append(
            torch.cat([g.flatten() for g in torch.autograd.grad(circuit(angles).sum(), circuit.parameters())])
        )
    # A derivative is half a difference of two estimates of 18 words' sums, each within sqrt(18 / shots) or so.
    assert (gradients[0] - gradients[1]).abs().max() < 5 * (18 / 2 / 100_000) ** 0.5
    assert gradients[0].abs().max() > 0.3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StatevectorBackend(shots=0), "shots=0: must be at least 1"),
        (lambda: PatchCircuits(2, 2, 1, StatevectorBackend(shots=5)), "shots=5: must be null: all outcomes"),
        (
            lambda: PennyLaneBackend("default.mixed", shots=5, noise=ReadoutError(0.1)),
            "shots=5: must be null: PennyLane has readout errors",
        ),
    ],
)
def test_wrong_settings(make, message):
    with pytest.raises(SettingError, match=message):
        make()
