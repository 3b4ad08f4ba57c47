"""Entanglement and expressibility of states that are known."""

import math

import pytest
import torch

from qinr_lightning.analysis.entanglement import haar_entanglement, meyer_wallach
from qinr_lightning.analysis.expressibility import (
    N_BINS,
    expressibility,
    fidelities,
    haar_log_shares,
    haar_states,
    largest_expressibility,
)
from qinr_lightning.seeding import generator


def product(*factors):
    state = torch.ones(1, dtype=torch.complex128)
    for factor in factors:
        state = torch.kron(state, factor)
    return state[None]


def random_qubits(n):
    return haar_states(n, 1, generator("qubits"))


def test_product_states_are_not_entangled():
    assert meyer_wallach(product(*random_qubits(4))).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n_qubits", [2, 3, 5])
def test_ghz_states_are_entangled_as_far_as_can_be(n_qubits):
    state = torch.zeros(1, 2**n_qubits, dtype=torch.complex128)
    state[0, 0] = state[0, -1] = math.sqrt(0.5)
    assert meyer_wallach(state).item() == pytest.approx(1)


def test_each_qubit_counts_alike():
    # Two of three qubits in a Bell state, whichever: 2 (1 - (1/2 + 1/2 + 1) / 3).
    bell = torch.tensor([1, 0, 0, 1], dtype=torch.complex128) * math.sqrt(0.5)
    alone = random_qubits(1)[0]
    apart = product(alone, bell).view(2, 2, 2).permute(1, 0, 2).reshape(1, 8)
    for state in (product(bell, alone), product(alone, bell), apart):
        assert meyer_wallach(state).item() == pytest.approx(2 / 3)


def test_mean_over_haar_random_states():
    found = meyer_wallach(haar_states(4000, 4, generator("haar"))).mean().item()
    assert found == pytest.approx(haar_entanglement(4), abs=0.005)


@pytest.mark.parametrize("n_qubits", [1, 2, 6, 12])
def test_shares_of_haar_random_fidelities_add_up(n_qubits):
    assert haar_log_shares(n_qubits).exp().sum().item() == pytest.approx(1)


def test_one_state_is_least_expressive_and_haar_random_states_are_most():
    # Of one qubit fidelities are uniform, and of one state all are in the last bin.
    assert expressibility(torch.ones(10), 1) == pytest.approx(math.log(N_BINS))
    assert (
        expressibility(torch.ones(10), 4) == pytest.approx(largest_expressibility(4)) == pytest.approx(64.76, abs=0.01)
    )
    for n_qubits in (1, 4):
        random = fidelities(haar_states(10_000, n_qubits, generator("random", n_qubits)))
        # Bins with any fidelities / (2 * samples) is what a finite number of them leaves on average.
        assert 0 < expressibility(random, n_qubits) < 1.5 * N_BINS / (2 * 5000)


def test_a_rotation_is_as_expressive_as_theory_says():
    # cos^2 of half a uniform angle: the arcsine law against the uniform one of a qubit.
    angles = (torch.arange(100_000) + 0.5) / 100_000 * math.pi
    edges = torch.linspace(0, 1, N_BINS + 1, dtype=torch.float64)
    shares = (2 / math.pi * edges.sqrt().asin()).diff()
    expected = (shares * (shares * N_BINS).log()).sum().item()
    assert expressibility((angles / 2).cos() ** 2, 1) == pytest.approx(expected, rel=1e-3)
