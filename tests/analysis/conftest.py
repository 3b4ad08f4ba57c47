"""Circuits as ``analyze`` takes them out of a model."""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn

from qinr_lightning.analysis.circuits import TrainedCircuit, trained_circuit
from qinr_lightning.quantum import DescribedCircuit


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture
def taken_out() -> Callable[[DescribedCircuit, Tensor], TrainedCircuit]:
    """A circuit in double precision, with scales of its own, as a model that hands it angles has it."""

    def take(circuit: DescribedCircuit, angles: Tensor) -> TrainedCircuit:
        circuit.double()
        for name, parameter in circuit.named_parameters():
            if name == "scales":
                nn.init.uniform_(parameter, 0.5, 1.5)
        return trained_circuit(nn.Sequential(circuit), circuit, angles)

    return take
