"""Gradients at random parameters, and how many parameters there are in effect."""

import math

import pytest
import torch

from qinr_lightning.analysis.gradients import gradient_variances, layers_of_parameters, plateau, random_parameters
from qinr_lightning.analysis.jacobian import rank, singular_values
from qinr_lightning.networks import QINRDecoder
from qinr_lightning.quantum import AnsatzCircuit, Gate, Parameter, ReuploadingCircuit, StatevectorBackend
from qinr_lightning.seeding import generator


def test_variance_of_a_cosine(taken_out):
    def gates(n_qubits):
        yield Gate("RX", (0,), (Parameter(0),))

    # <Z> = cos and <Y> = -sin of the angle; <X> is 0. The mean of 1/2, 1/2 and 0.
    found = taken_out(AnsatzCircuit(gates, 1, "xyz"), torch.zeros(1, 1, dtype=torch.float64))
    assert gradient_variances(found, 20_000, generator("draws")).tolist() == pytest.approx([1 / 3], rel=0.05)


def test_a_controlled_rotation_is_drawn_from_its_whole_period(taken_out):
    def gates(n_qubits):
        yield Gate("Hadamard", (0,))
        yield Gate("CRY", (0, 1), (Parameter(0),))

    # <X0> = cos(angle / 2): the mean square of its derivative is 1/8, and its mean is 0 over 4 pi alone.
    found = taken_out(AnsatzCircuit(gates, 2, ["X0"]), torch.zeros(1, 2, dtype=torch.float64))
    angles = random_parameters(found, 20_000, generator("draws"))
    assert angles.max() > 3.9 * math.pi
    assert (angles / 2).sin().mean().abs() < 0.02
    assert gradient_variances(found, 20_000, generator("draws")).tolist() == pytest.approx([1 / 8], rel=0.05)


def test_deep_in_a_deep_circuit_there_is_a_barren_plateau(taken_out):
    circuit = ReuploadingCircuit(n_qubits=4, n_reuploads=2, n_blocks=6, readout="xyz_zz")
    found = taken_out(circuit, torch.randn(3, 4, dtype=torch.float64))
    variances = gradient_variances(found, 400, generator("draws")).view(circuit.rotations.shape)
    assert variances[1].mean().item() == pytest.approx(plateau(4), rel=0.1)


def test_layers_are_counted_by_encodings():
    circuit = ReuploadingCircuit(n_qubits=2, n_reuploads=2, n_blocks=2)
    assert layers_of_parameters(circuit.ansatz) == [0] * 12 + [1] * 12 + [2] * 12


def rank_of(circuit):
    circuit.double().backend = StatevectorBackend(gradient="autograd")
    decoder = QINRDecoder(circuit, latent_dim=3, image_shape=(1, 4, 5), hidden_dim=8, head_dims=(6,)).double().eval()
    parameters = {name: value for name, value in decoder.named_parameters() if name.startswith("circuit.")}
    z = 3 * torch.randn(60, 3, dtype=torch.float64)
    return rank(singular_values(decoder, parameters, z, generator("rows"), 50))


def test_a_parameter_that_repeats_another_counts_once():
    def gates(n_qubits):
        yield Gate("RX", (0,), (Parameter(0),))
        yield Gate("RX", (0,), (Parameter(1),))
        yield Gate("RY", (1,), (Parameter(2),))
        yield Gate("CNOT", (0, 1))
        yield Gate("RZ", (1,), (Parameter(3),))

    # RZ before a measurement of Z does nothing, two RX are one, and no scale is trained.
    assert rank_of(AnsatzCircuit(gates, 2, learnable_scales=False)) == 2


def test_rank_of_the_papers_circuit():
    # Of each qubit's 3 K (L + 1) angles the first and last RZ do nothing, and between two blocks two RZ, with CZ and
    # the encoding's RZ between them, are one.
    circuit = ReuploadingCircuit(n_qubits=3, n_reuploads=2, n_blocks=2)
    n_blocks = 2 * 3
    assert rank_of(circuit) == 3 * (3 * n_blocks - 2 - (n_blocks - 1)) + circuit.scales.numel()
