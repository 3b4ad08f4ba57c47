"""What does not fit in memory is said before it is made."""

import pytest
import torch
from torch import nn

from qinr_lightning.errors import SettingError
from qinr_lightning.memory import TooLarge, memory_there_is, too_much, within
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import Encoder, QINRDecoder
from qinr_lightning.quantum import Backend, MirroredCircuit, PennyLaneBackend, ReuploadingCircuit


def test_what_fits_is_made_as_ever():
    torch.manual_seed(0)
    free = nn.Linear(3, 4)
    torch.manual_seed(0)
    with within(2**20, copies=4):
        counted = nn.Linear(3, 4)
    assert torch.equal(free.weight, counted.weight)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(512, 512),
        lambda: [nn.Linear(256, 256) for _ in range(4)],
        lambda: torch.arange(2**40),
        lambda: torch.empty(2**40, 2**40),
    ],
    ids=["one", "several", "arange", "more than can be counted"],
)
def test_what_does_not_fit_is_not_made(make):
    with pytest.raises(TooLarge), within(2**20, copies=4):
        make()


def test_the_memory_there_is():
    assert 2**28 < memory_there_is() < 2**50
    assert too_much(2**41, 2**33) == "at least 2048 GiB, and there are 8 GiB"


@pytest.mark.parametrize("backend", ["statevector", PennyLaneBackend(), PennyLaneBackend("default.mixed")])
def test_states_that_do_not_fit(backend):
    model = QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit(n_qubits=40, backend=backend)))
    with pytest.raises(SettingError, match=r"n_qubits=40: the states for one image need at least .* GiB"):
        model.check_memory(32, "batch")


def test_a_batch_that_does_not_fit():
    model = QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit()))
    model.check_memory(32, "n")
    with pytest.raises(SettingError, match=r"n=1000000000000: the states of 6 qubits need at least .* GiB"):
        model.check_memory(10**12, "n")


def test_a_backend_of_the_users_own_is_not_guessed_at():
    class Own(Backend):
        def expectations(self, ansatz, inputs, parameters, words): ...
        def probabilities(self, ansatz, inputs, parameters): ...

    QINRAutoencoder(Encoder(), QINRDecoder(ReuploadingCircuit(n_qubits=40, backend=Own()))).check_memory(32, "batch")


def test_tables_of_a_circuit_that_do_not_fit():
    with pytest.raises(SettingError, match="n_qubits=40: the states for one image need at least"):
        MirroredCircuit(n_qubits=40)
