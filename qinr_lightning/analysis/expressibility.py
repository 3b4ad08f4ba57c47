"""How evenly a circuit's states cover the state space: Sim et al.'s expressibility."""

import math

import torch
from torch import Tensor

N_BINS = 75
"""Of the histogram of fidelities, as in the paper."""


def fidelities(states: Tensor) -> Tensor:
    """Of the first half of some states, ``(2 n, 2**n_qubits)``, with the second half, pair by pair; ``(n,)``."""
    one, other = states.chunk(2)
    overlap = (one.conj() * other).sum(-1)
    squared: Tensor = torch.view_as_real(overlap).square().sum(-1)
    return squared.clamp(0, 1)


def expressibility(fidelities: Tensor, n_qubits: int) -> float:
    """Kullback-Leibler divergence, nats, of a histogram of fidelities from that of Haar-random states.

    Sim, Johnson and Aspuru-Guzik, Adv. Quantum Technol. 2, 1900070 (2019), eq. (8): 0 for a circuit that gives
    Haar-random states, (2^n - 1) ln(75) for one that gives the same state always. Finite samples keep it above 0.

    Args:
        fidelities: Between pairs of states with random parameters, in [0, 1].
        n_qubits: Of the states.
    """
    counts = torch.histc(fidelities.double(), N_BINS, 0, 1)
    share = counts / counts.sum()
    there = share > 0
    return float((share[there] * (share[there].log() - haar_log_shares(n_qubits)[there])).sum())


def haar_log_shares(n_qubits: int) -> Tensor:
    """Logarithm of the share of Haar-random fidelities in each bin, from the density (N - 1)(1 - F)^(N - 2)."""
    power: int = 2**n_qubits - 1
    # (1 - a)^power - (1 - b)^power; the logarithm of its first term does not underflow.
    upper = 1 - torch.arange(N_BINS, dtype=torch.float64) / N_BINS
    lower = (1 - torch.arange(1, N_BINS + 1, dtype=torch.float64) / N_BINS).clamp(min=0)
    return power * upper.log() + torch.log1p(-((lower / upper) ** power))


def haar_states(n: int, n_qubits: int, generator: torch.Generator) -> Tensor:
    """States drawn from the Haar measure, ``(n, 2**n_qubits)``."""
    parts = torch.randn(n, 2**n_qubits, 2, dtype=torch.float64, generator=generator)
    states: Tensor = torch.view_as_complex(parts)
    states /= states.norm(dim=1, keepdim=True)
    return states


def largest_expressibility(n_qubits: int) -> float:
    """Of a circuit that gives the same state always."""
    size: int = 2**n_qubits
    return (size - 1) * math.log(N_BINS)
