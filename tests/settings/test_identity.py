"""Whether a run that is there is the one that is wanted."""

import pytest

from qinr_lightning.settings import first_difference

CIRCUIT = {"_target_": "qinr_lightning.quantum.ReuploadingCircuit", "n_qubits": 3}


def identity(**settings):
    return {"seed": 0, "model": {"_target_": "qinr_lightning.models.QINRAutoencoder", "circuit": CIRCUIT | settings}}


def test_a_setting_that_a_run_is_older_than_has_its_default():
    assert first_difference(identity(), identity(learnable_rotations=True)) is None
    place = ("model", "circuit", "learnable_rotations")
    assert first_difference(identity(), identity(learnable_rotations=False)) == (place, True, False)


@pytest.mark.parametrize("there", [{}, {"_target_": "os.getcwd", "shots": 3}])
def test_nothing_is_taken_for_granted_of_another_class(there):
    wanted = {"backend": {"_target_": "qinr_lightning.quantum.StatevectorBackend", "shots": None}}
    difference = first_difference({"backend": there}, wanted)
    assert difference is not None
    assert difference[0][0] == "backend"
