"""Readouts: what they hold, and what they cost on hardware."""

import pytest

from qinr_lightning.quantum import ReuploadingCircuit
from qinr_lightning.quantum.readout import count_measurement_groups, parse_readout
from tests.quantum.conftest import MIXED_WORDS


def spelt(readout, n_qubits=3):
    return [" ".join(f"{letter}{wire}" for letter, wire in word) for word in parse_readout(readout, n_qubits)]


def test_named_readouts_in_their_order():
    xyz = ["X0", "X1", "X2", "Y0", "Y1", "Y2", "Z0", "Z1", "Z2"]
    assert spelt("z") == ["Z0", "Z1", "Z2"]
    assert spelt("xyz") == xyz
    assert spelt("zz") == ["Z0 Z1", "Z0 Z2", "Z1 Z2"]
    assert spelt("xyz_zz") == [*xyz, "Z0 Z1", "Z1 Z2"]


@pytest.mark.parametrize(
    ("readout", "n_groups"),
    [
        ("z", 1),
        ("zz", 1),
        ("xyz", 3),
        # Z Z is measured along with Z: appendix B's readout costs three executions for the one of Z.
        ("xyz_zz", 3),
        (["X0 Y1", "X0", "Y1 Z2", "Z2"], 1),
        (["X0", "Y0"], 2),
        # Commuting, but not wire by wire.
        (["X0 X1", "Y0 Y1", "Z0 Z1"], 3),
    ],
    ids=str,
)
def test_measurement_groups(readout, n_groups):
    assert ReuploadingCircuit(readout=readout).n_measurement_groups == n_groups


def test_pennylane_would_execute_as_many_circuits():
    import pennylane as qp

    words = parse_readout(MIXED_WORDS, 3)
    operators = [qp.prod(*(getattr(qp, letter)(wire) for letter, wire in word)) for word in words]
    script = qp.tape.QuantumScript([], [qp.expval(operator) for operator in operators])
    tapes, _ = qp.transforms.split_non_commuting(script, grouping_strategy="qwc")
    assert count_measurement_groups(words) == len(tapes)
