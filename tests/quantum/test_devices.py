"""Devices by name: sent in parts, and never asked twice for what they have measured."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import PennyLaneBackend
from tests.quantum.conftest import MIXED_WORDS, make_circuit


class Kept(dict):
    """Results of a device that breaks down after some parts."""

    def __init__(self, n_parts: int = 1000) -> None:
        super().__init__()
        self.n_parts = n_parts
        self.sent: list[int] = []

    def add(self, measured):
        if len(self.sent) == self.n_parts:
            raise KeyboardInterrupt
        self.sent.append(len(measured))
        self.update(measured)


@torch.no_grad()
def test_parts_are_no_larger_than_the_device_takes_and_give_the_same():
    circuit, angles = make_circuit(n_qubits=3, readout=MIXED_WORDS), torch.randn(5, 3).double()
    exact = circuit(angles)
    n_groups = circuit.n_measurement_groups
    for device in ("lightning.qubit", "default.qubit"):
        circuit.backend = PennyLaneBackend(device, max_circuits=2)
        torch.testing.assert_close(circuit(angles), exact, rtol=0, atol=1e-7)
        circuit.backend.results = kept = Kept()
        torch.testing.assert_close(circuit(angles), exact, rtol=0, atol=1e-7)
        assert kept.sent == [2, 2, 1] * n_groups
    assert n_groups > 2


@torch.no_grad()
def test_an_interrupted_measurement_pays_for_the_rest_alone():
    circuit, angles = make_circuit(n_qubits=2), torch.randn(7, 2).double()
    circuit.backend = PennyLaneBackend("lightning.qubit", shots=50, max_circuits=2)
    circuit.backend.results = kept = Kept(n_parts=2)
    with pytest.raises(KeyboardInterrupt):
        circuit(angles)
    assert len(kept) == 4
    kept.n_parts = 1000
    first = circuit(angles)
    assert kept.sent == [2, 2, 2, 1]
    assert torch.equal(circuit(angles), first)
    assert torch.equal(circuit(angles.flip(0)), first.flip(0))
    assert len(kept.sent) == 4
    circuit.backend.shots = 51
    circuit(angles)
    assert len(kept.sent) == 8
    with torch.no_grad():
        circuit.rotations += 0.1
    circuit(angles)
    assert len(kept.sent) == 12


def test_gradients_are_not_taken_from_what_is_kept():
    circuit, angles = make_circuit(n_qubits=2), torch.randn(3, 2).double()
    circuit.backend = PennyLaneBackend("lightning.qubit")
    circuit.backend.results = kept = Kept()
    circuit(angles).sum().backward()
    expected = make_circuit(n_qubits=2)
    expected(angles).sum().backward()
    torch.testing.assert_close(circuit.rotations.grad, expected.rotations.grad, rtol=0, atol=1e-7)
    assert not kept


def test_a_device_that_is_not_here_or_cannot_be_opened():
    with pytest.raises(SettingError, match=r"device=qiskit\.aerr: PennyLane has no such device here; installed: "):
        PennyLaneBackend("qiskit.aerr")
    with pytest.raises(SettingError, match=r"device=lightning\.qubit: cannot be opened with its options \(TypeError"):
        PennyLaneBackend("lightning.qubit", device_options={"token": 1})
