"""Initial angles: their distribution, and what the circuit is before training."""

import math

import pytest
import torch

from qinr_lightning.quantum import BlockIdentity, NearIdentity, ReuploadingCircuit, UniformAngles


def circuit_with(init, **options):
    return ReuploadingCircuit(init=init, **options).double()


@pytest.mark.parametrize("high", [2 * math.pi, math.pi / 2])
def test_uniform(high):
    angles = circuit_with(UniformAngles(high), n_reuploads=50).rotations
    assert angles.min() >= 0
    assert angles.max() < high
    assert angles.mean().item() == pytest.approx(high / 2, rel=0.05)
    assert angles.std().item() == pytest.approx(high / 12**0.5, rel=0.05)


def test_near_identity():
    angles = circuit_with(NearIdentity(0.1), n_reuploads=50).rotations
    assert angles.mean().item() == pytest.approx(0, abs=0.01)
    assert angles.std().item() == pytest.approx(0.1, rel=0.05)


def test_near_identity_comes_to_the_identity():
    values = circuit_with(NearIdentity(1e-6), readout="z")(torch.randn(5, 6))
    torch.testing.assert_close(values, torch.ones_like(values), rtol=0, atol=1e-10)


@pytest.mark.parametrize("entangler", ["rings", "chain", "none", [3, 1, 2]], ids=str)
@pytest.mark.parametrize("n_reuploads", [2, 3, 4, 5, 7])
def test_block_identity_leaves_the_ground_state_where_nothing_is_encoded(n_reuploads, entangler):
    circuit = circuit_with("block_identity", n_reuploads=n_reuploads, n_blocks=3, entangler=entangler, readout="xyz_zz")
    zero = torch.zeros(1, 6, dtype=torch.float64)
    expected = torch.tensor([[0.0] * 12 + [1.0] * 11], dtype=torch.float64)
    torch.testing.assert_close(circuit(zero), expected, rtol=0, atol=1e-13)


def test_block_identity_starts_from_independent_qubits_in_closed_form():
    circuit = circuit_with("block_identity")
    h = torch.randn(5, 6, dtype=torch.float64)
    # Rot^-1 RZ(2 h) Rot on |0>: with both encodings the Bloch vector, at polar angle b, turns about z by 2 h.
    b = circuit.rotations[0, 0, :, 1]
    expected = b.cos() ** 2 + b.sin() ** 2 * (2 * h).cos()
    torch.testing.assert_close(circuit(h), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("init", ["near_identity", "block_identity", UniformAngles(math.pi / 2)])
def test_training_can_start(init):
    circuit = circuit_with(init)
    circuit(torch.randn(8, 6)).square().sum().backward()
    assert circuit.rotations.grad.norm() > 1e-3
    assert circuit.scales.grad.norm() > 1e-6


def test_block_identity_is_random_where_it_is_not_the_identity():
    rotations = BlockIdentity()(7, 2, 6, 3)
    drawn = rotations[[0, 3], 0]
    assert drawn.unique().numel() == drawn.numel()
    rest = rotations.clone()
    rest[[0, 2, 3, 5], 0] = 0
    assert not rest.any()
