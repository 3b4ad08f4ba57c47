"""Fourier series of circuits: theory's frequencies, nothing beside them, and the circuit's values as their sum."""

import math

import pytest
import torch

from qinr_lightning.analysis.fourier import affine_share, reachable_frequencies, series
from qinr_lightning.quantum import AnsatzCircuit, Gate, Input, Parameter, ReuploadingCircuit
from qinr_lightning.quantum.ansatz import GATES

ENCODING = [name for name, shape in GATES.items() if shape.n_angles]


def test_integer_encodings_have_integer_frequencies_and_no_others(taken_out):
    circuit = ReuploadingCircuit(n_qubits=3, n_reuploads=3, learnable_scales=False)
    found = taken_out(circuit, torch.randn(2, 3, dtype=torch.float64))
    assert reachable_frequencies(found, 1).tolist() == [-3, -2, -1, 0, 1, 2, 3]
    # By brute force: the circuit itself on a grid that shows frequencies up to 10.
    n = 21
    grid = found.angles[:, None].repeat(1, n, 1)
    grid[..., 1] = 2 * math.pi * torch.arange(n) / n
    values = circuit(grid.flatten(0, 1)).detach().view(2, n, 3).transpose(1, 2)
    frequencies = torch.arange(-10, 11, dtype=torch.float64)
    waves = torch.exp(-1j * frequencies[:, None] * grid[0, :, 1])
    coefficients = values.to(torch.complex128) @ waves.T / n
    outside = frequencies.abs() > 3
    assert coefficients[..., outside].abs().max() < 1e-6
    torch.testing.assert_close(coefficients[..., ~outside], series(found, 1, found.angles).coefficients)


@pytest.mark.parametrize("angle", range(3))
def test_with_learnt_scales_the_series_is_the_circuit_everywhere(angle, taken_out):
    circuit = ReuploadingCircuit(n_qubits=3, readout="xyz_zz")
    found = taken_out(circuit, torch.randn(2, 3, dtype=torch.float64))
    one, other = circuit.scales[:, angle].tolist()
    expected = sorted(a * one + b * other for a in (-1, 0, 1) for b in (-1, 0, 1))
    assert reachable_frequencies(found, angle).tolist() == pytest.approx(expected)
    at = torch.linspace(-9, 9, 7, dtype=torch.float64)
    points = found.angles[:, None].repeat(1, 7, 1)
    points[..., angle] = at
    values = circuit(points.flatten(0, 1)).detach().view(2, 7, -1).transpose(1, 2)
    torch.testing.assert_close(series(found, angle, found.angles).at(at), values)


@pytest.mark.parametrize("name", ENCODING)
def test_every_gate_that_encodes(name, taken_out):
    shape = GATES[name]

    def gates(n_qubits):
        for wire in range(n_qubits):
            yield Gate("Rot", (wire,), tuple(Parameter(3 * wire + k) for k in range(3)))
        yield Gate("CNOT", (0, 1))
        for _ in range(2 if shape.n_angles == 1 else 1):
            yield Gate(name, (1, 0)[: shape.n_wires], (Input(0),) * shape.n_angles)
            yield Gate("U3", (0,), (0.3, 0.4, 0.5))
            yield Gate("CRY", (0, 1), (1.1,))

    found = taken_out(AnsatzCircuit(gates, n_qubits=2, readout="xyz_zz"), torch.randn(1, 2, dtype=torch.float64))
    of_zero = series(found, 0, found.angles)
    at = torch.linspace(-20, 20, 50, dtype=torch.float64)
    points = found.angles.repeat(50, 1)
    points[:, 0] = at
    torch.testing.assert_close(of_zero.at(at)[0], found.values(points).T)
    assert of_zero.frequencies.tolist() == pytest.approx(reachable_frequencies(found, 0).tolist())
    # The angle that no gate has leaves everything as it is.
    assert reachable_frequencies(found, 1).tolist() == [0]


def test_a_controlled_rotation_has_half_frequencies(taken_out):
    def gates(n_qubits):
        yield Gate("Hadamard", (0,))
        yield Gate("CRX", (0, 1), (Input(0),))

    found = taken_out(AnsatzCircuit(gates, 2, ["X0"], learnable_scales=False), torch.zeros(1, 2, dtype=torch.float64))
    # <X0> = cos(angle / 2).
    frequencies, amplitudes = series(found, 0, found.angles).amplitudes()
    assert frequencies.tolist() == pytest.approx([0, 0.5, 1])
    assert amplitudes.tolist() == pytest.approx([0, 1, 0], abs=1e-9)


def test_share_of_an_affine_map(taken_out):
    def gates(n_qubits):
        yield Gate("RX", (0,), (math.pi / 2,))
        yield Gate("RX", (0,), (Input(0),))

    def share(width):
        angles = torch.linspace(-width, width, 101, dtype=torch.float64)[:, None]
        return affine_share(taken_out(AnsatzCircuit(gates, 1, learnable_scales=False), angles))

    # -sin of small angles is a line, of whole periods hardly one: its best line explains 6 / (2 pi^2).
    assert share(0.01) == pytest.approx(1, abs=1e-6)
    assert share(math.pi) == pytest.approx(6 / math.pi**2, abs=0.03)


def test_a_series_that_would_need_too_many_points_is_refused(taken_out):
    circuit = ReuploadingCircuit(n_qubits=1, n_reuploads=9, n_blocks=1, entangler="none")
    found = taken_out(circuit, torch.zeros(1, 1, dtype=torch.float64))
    with pytest.raises(ValueError, match="grid of 19683 points"):
        series(found, 0, found.angles)
