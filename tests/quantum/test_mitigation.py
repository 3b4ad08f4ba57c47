"""Zero-noise extrapolation on PennyLane; the referee is the density matrix of circuits that are written out folded."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import (
    DensityMatrixBackend,
    Depolarizing,
    DeviceNoise,
    Gate,
    GateList,
    Input,
    Parameter,
    PennyLaneBackend,
    RandomRotation,
    StatevectorBackend,
)
from qinr_lightning.quantum.readout import parse_readout

N = 3
WORDS = parse_readout("xyz_zz", N)


def gates(sign):
    """A circuit, or with -1 its gates with the negative angles, which are numbered after the others."""
    shift = 0 if sign > 0 else N
    for layer in range(2):
        for wire in range(N):
            yield Gate("RY", (wire,), (Parameter(wire + 2 * shift + layer * N),))
            yield Gate("RZ", (wire,), (Input(wire + shift),))
        yield Gate("CZ", (0, 1), ())
        yield Gate("CNOT", (1, 2), ())


def circuit(n_foldings):
    """To the end, then back and to the end again, so many times."""
    forward, back = tuple(gates(1)), tuple(reversed(tuple(gates(-1))))
    return GateList(N, forward + n_foldings * (back + forward))


def angles():
    inputs, parameters = torch.randn(4, N).double(), torch.randn(2 * N).double()
    return torch.cat([inputs, -inputs], 1), torch.cat([parameters, -parameters])


@pytest.mark.parametrize("noise", [Depolarizing(0.01), DeviceNoise()], ids=lambda noise: noise.label)
def test_every_gate_of_a_folded_circuit_meets_the_noise(noise):
    inputs, parameters = angles()
    backend = DensityMatrixBackend(noise)
    once, thrice = (backend.expectations(circuit(n), inputs, parameters, WORDS) for n in (0, 1))
    mitigated = PennyLaneBackend("default.mixed", noise=noise, zne=[1, 3])
    n_inputs, n_parameters = circuit(0).n_inputs, circuit(0).n_parameters
    found = mitigated.expectations(circuit(0), inputs[:, :n_inputs], parameters[:n_parameters], WORDS)
    # The line through the values at 1 and 3, at 0; readout errors are no noise of gates and stay.
    torch.testing.assert_close(found, 1.5 * once - 0.5 * thrice, rtol=0, atol=1e-6)


def test_little_noise_is_taken_back():
    inputs, parameters = angles()
    inputs, parameters = inputs[:, :N], parameters[: 2 * N]
    exact = StatevectorBackend().expectations(circuit(0), inputs, parameters, WORDS)
    noisy = DensityMatrixBackend(Depolarizing(0.002)).expectations(circuit(0), inputs, parameters, WORDS)
    mitigated = PennyLaneBackend("default.mixed", noise=Depolarizing(0.002), zne=[1, 3, 5])
    found = mitigated.expectations(circuit(0), inputs, parameters, WORDS)
    assert (found - exact).abs().max() < 0.1 * (noisy - exact).abs().max()
    assert mitigated.label == "depolarizing_0.002/default.mixed/zne_1_3_5"
    assert mitigated.circuits_for_one == 3


def test_it_gives_no_gradient():
    inputs, parameters = angles()
    backend = PennyLaneBackend("default.mixed", zne=[1, 3])
    with pytest.raises(NotImplementedError, match="has no gradient"):
        backend.expectations(circuit(0), inputs[:, :N], parameters[: 2 * N].requires_grad_(), WORDS)


@pytest.mark.parametrize("zne", [[1], [1, 2], [3, 5], [1, 3, 3]])
def test_circuits_are_folded_by_odd_numbers(zne):
    with pytest.raises(SettingError, match="must be odd numbers from 1 on"):
        PennyLaneBackend("default.mixed", zne=zne)


def test_noise_before_the_measurement_is_not_folded():
    with pytest.raises(SettingError, match="is not of gates"):
        PennyLaneBackend("default.mixed", noise=RandomRotation(0.3), zne=[1, 3])
