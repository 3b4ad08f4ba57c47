"""The circuit that is taken out of a model has the values that the model's circuit has."""

import pytest
import torch

from qinr_lightning.analysis.circuits import states
from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import AnsatzCircuit, BlockCircuit, Gate, Input, Parameter, ReuploadingCircuit
from qinr_lightning.quantum.ansatz import GATES


def every_gate(n_qubits):
    """All gates, each angle of the gates in turn an input, a parameter and a number."""
    count = 0
    for position, (name, shape) in enumerate(GATES.items()):
        wires = (position % n_qubits, (position + 1 + position % 2) % n_qubits)[: shape.n_wires]
        angles = []
        for _ in range(shape.n_angles):
            angles.append((Input(count % n_qubits), Parameter(count // 3), 0.7)[count % 3])
            count += 1
        yield Gate(name, wires, tuple(angles))


CIRCUITS = {
    "reupload": lambda: ReuploadingCircuit(n_qubits=3, readout="xyz_zz", global_scale=True),
    "a set of angles a layer": lambda: ReuploadingCircuit(n_qubits=3, readout=["Y0 Z2", "X1"]),
    "blocks": lambda: BlockCircuit(n_qubits=3, encoding="alternating"),
    "every gate": lambda: AnsatzCircuit(every_gate, n_qubits=3, readout="xyz"),
}


@pytest.mark.parametrize("name", CIRCUITS)
def test_it_has_the_circuits_values(name, taken_out):
    circuit = CIRCUITS[name]()
    angles = torch.randn(5, *((2, 3) if "a layer" in name else (3,)), dtype=torch.float64)
    found = taken_out(circuit, angles)
    torch.testing.assert_close(found.values(found.angles), circuit(angles).detach())


def test_each_sample_may_have_parameters_of_its_own(taken_out):
    circuit = AnsatzCircuit(every_gate, n_qubits=3)
    found = taken_out(circuit, torch.randn(4, 3, dtype=torch.float64))
    inputs = found.angles @ found.encoding.T
    parameters = torch.randn(4, found.ansatz.n_parameters, dtype=torch.float64)
    together = states(found.ansatz, inputs, parameters)
    for number in range(4):
        alone = states(found.ansatz, inputs[number : number + 1], parameters[number])
        torch.testing.assert_close(together[number : number + 1], alone)


class Curved(AnsatzCircuit):
    def bind(self, angles):
        return super().bind(torch.atan(3 * angles))


def test_a_circuit_that_binds_its_angles_in_another_way_is_refused(taken_out):
    with pytest.raises(SettingError, match="circuit=Curved: has inputs that are no linear function of its angles"):
        taken_out(Curved(every_gate, n_qubits=3), torch.randn(4, 3, dtype=torch.float64))
