"""What `analyze` finds of a circuit, as numbers that its files can hold."""

import json

import pytest
import torch

from qinr_lightning.analysis.measure import circuit_facts
from qinr_lightning.quantum import AnsatzCircuit, Gate, Input, Parameter


def encoded_alone(n_qubits):
    for wire in range(n_qubits):
        yield Gate("RX", (wire,), (Input(wire),))


def encoded_first(n_qubits):
    yield from encoded_alone(n_qubits)
    yield Gate("RY", (0,), (Parameter(0),))


@pytest.mark.parametrize(("function", "n_layers"), [(encoded_alone, 0), (encoded_first, 1)])
def test_layers_without_parameters_have_no_gradients(function, n_layers, taken_out):
    found = circuit_facts(taken_out(AnsatzCircuit(function, 2), torch.randn(30, 2).double()), 20, 0)
    json.dumps(found, allow_nan=False)
    assert len(found["gradients"]["layers"]) == n_layers
    assert (found["gradients"]["mean"] is None) == (n_layers == 0)
