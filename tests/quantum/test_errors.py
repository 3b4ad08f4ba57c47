"""What a wrong setting is answered with: one line that names the setting, the value and what is allowed."""

import pytest
import torch

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import PennyLaneBackend, ReuploadingCircuit, StatevectorBackend


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: ReuploadingCircuit(readout="xz"),
            "readout=xz: must be one of z, xyz, zz, z_zz, xyz_zz, or a list of Pauli words",
        ),
        (lambda: ReuploadingCircuit(readout=[]), r"readout=\[\]: must hold at least one Pauli word"),
        (lambda: ReuploadingCircuit(readout=["A0"]), "readout=A0: must be a Pauli word"),
        (lambda: ReuploadingCircuit(readout=[""]), "readout=: must be a Pauli word"),
        (lambda: ReuploadingCircuit(readout=["Z6"]), "readout=Z6: names wire 6, but the circuit's wires are 0 to 5"),
        (lambda: ReuploadingCircuit(readout=["Z1 X1"]), "readout=Z1 X1: names a wire twice"),
        (lambda: ReuploadingCircuit(backend="qiskit"), "backend=qiskit: must be one of statevector, pennylane"),
        (
            lambda: ReuploadingCircuit(entangler="star"),
            "entangler=star: must be one of rings, chain, bricks, none, or the range of each block",
        ),
        (lambda: ReuploadingCircuit(entangler=[1]), r"entangler=\[1\]: must hold one range for each of the 2 blocks"),
        (lambda: ReuploadingCircuit(entangler=[1, 6]), r"entangler=\[1, 6\]: .*less than the 6 qubits"),
        (lambda: ReuploadingCircuit(init="zeros"), "init=zeros: must be one of uniform, near_identity, block_identity"),
        (
            lambda: ReuploadingCircuit(n_reuploads=1, init="block_identity"),
            "init=block_identity: needs three parameter layers, n_reuploads of at least 2",
        ),
        (lambda: ReuploadingCircuit(n_qubits=0), "n_qubits=0: must be at least 1"),
        (lambda: ReuploadingCircuit(n_reuploads=0), "n_reuploads=0: must be at least 1"),
        (lambda: ReuploadingCircuit(n_blocks=0), "n_blocks=0: must be at least 1"),
        (lambda: PennyLaneBackend(device="no.qubit"), "device=no.qubit: .*installed: .*default.qubit"),
        (lambda: PennyLaneBackend("lightning.qubit", "backprop"), "diff_method=backprop: device lightning.qubit"),
        (lambda: PennyLaneBackend(shots=0), "shots=0: must be at least 1"),
        (lambda: StatevectorBackend(gradient="none"), "gradient=none: must be one of adjoint, autograd"),
        (lambda: StatevectorBackend(group_size=0), "group_size=0: must be at least 1"),
        (lambda: StatevectorBackend(keep_up_to=-1), "keep_up_to=-1: must be at least 0"),
    ],
)
def test_settings(make, message):
    with pytest.raises(SettingError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(6,), (4, 5), (4, 3, 6), (4, 2, 5), (4, 2, 6, 1)])
def test_angles_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"angles have shape .*; expected \(batch, 6\) or \(batch, 2, 6\)"):
        ReuploadingCircuit()(torch.zeros(shape))
