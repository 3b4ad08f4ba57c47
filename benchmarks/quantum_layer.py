"""Forward and backward pass of the quantum layer alone: the project's simulators, PennyLane's, and other packages'.

Run `python -m benchmarks.quantum_layer`; it takes about ten minutes. One thread, float32, two encodings, two blocks, Z
readout. Simulators that are compared are timed in turn, and one that takes a few milliseconds ten calls at a time: its
first call after another simulator's finds cold caches and takes up to twice as long. DeepQuantum and TorQ take part
when they are installed (`deepquantum`, `torq-quantum`).
"""

import importlib.util
import multiprocessing
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from benchmarks.interleaved import medians
from qinr_lightning.quantum import (
    Ansatz,
    Backend,
    BlockCircuit,
    PennyLaneBackend,
    ReuploadingCircuit,
    StatevectorBackend,
)
from qinr_lightning.quantum.circuit import DescribedCircuit
from qinr_lightning.quantum.readout import PauliWord
from qinr_lightning.quantum.statevector.basis import cz_signs

PENNYLANE = "PennyLane default.qubit, backprop"
REFERENCE = "statevector, adjoint"


@dataclass(frozen=True)
class Row:
    """One measurement: milliseconds of forward and backward, and how many times those of :data:`REFERENCE` they are."""

    simulator: str
    n_qubits: int
    batch: int
    milliseconds: float
    ratio: float

    def __str__(self) -> str:
        size = f"{self.n_qubits:>2} qubits, batch {self.batch:>4}"
        return f"{size}   {self.simulator:<36} {self.milliseconds:10.2f} ms {self.ratio:8.1f} x"


class Peer(Backend):
    """Another package's simulator of the re-uploading circuit; Z readout only."""

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        raise NotImplementedError


class DeepQuantumBackend(Peer):
    """DeepQuantum, gate by gate."""

    def __init__(self) -> None:
        self._circuits: dict[Ansatz, tuple[object, list[object]]] = {}

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        if ansatz not in self._circuits:
            self._circuits[ansatz] = self._build(ansatz)
        circuit, gates = self._circuits[ansatz]
        for gate, angle in zip(gates, parameters.flatten().unbind(), strict=True):
            gate.theta = angle
        circuit(inputs.flatten(1))
        return circuit.expectation()

    @staticmethod
    def _build(ansatz: Ansatz) -> tuple[object, list[object]]:
        import deepquantum

        circuit = deepquantum.QubitCircuit(ansatz.n_qubits)
        gates = []
        for name, wires, _ in ansatz.gates:
            if name == "Rot":
                for add in (circuit.rz, circuit.ry, circuit.rz):
                    add(wires[0], inputs=0.0)
                    gates.append(circuit.operators[-1])
            elif name == "CZ":
                circuit.cz(*wires)
            else:
                circuit.rz(wires[0], encode=True)
        for wire in range(ansatz.n_qubits):
            circuit.observable(wire)
        return circuit, gates


class TorQBackend(Peer):
    """TorQ: dense matrices of whole blocks, as its strongly entangling ansatz makes them."""

    def __init__(self) -> None:
        self._rings: dict[tuple[int, int], Tensor] = {}

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        import torq
        from torq.Templates import basic_or_strongly_single_layer

        n_layers, n_blocks, n_qubits, _ = parameters.shape
        for block in range(n_blocks):
            if (n_qubits, block) not in self._rings:
                self._rings[n_qubits, block] = torch.diag(cz_signs(n_qubits, ansatz.pairs[block])).to(torch.complex64)
        state = torch.zeros(len(inputs), 2**n_qubits, dtype=torch.complex64)
        state[:, 0] = 1
        for layer in range(n_layers):
            for block in range(n_blocks):
                ring = self._rings[n_qubits, block]
                state = torq.apply_matrix(
                    state, basic_or_strongly_single_layer(n_qubits, parameters[layer, block], ring)
                )
            if layer < n_layers - 1:
                gates = torq.data_reuploading_gates(inputs[:, layer], basis="Z")
                state = torq.data_reuploading(state, gates).squeeze(-1)
        return torq.measure(state)


def simulators() -> dict[str, Callable[[], Backend]]:
    """All simulators that are installed."""
    found: dict[str, Callable[[], Backend]] = {
        REFERENCE: StatevectorBackend,
        "statevector, autograd": lambda: StatevectorBackend("autograd"),
        PENNYLANE: PennyLaneBackend,
        "PennyLane lightning.qubit, adjoint": lambda: PennyLaneBackend("lightning.qubit", "adjoint"),
    }
    for name, module, backend in (
        ("DeepQuantum", "deepquantum", DeepQuantumBackend),
        ("TorQ", "torq", TorQBackend),
    ):
        if importlib.util.find_spec(module):
            found[name] = backend
    return found


def step(circuit: DescribedCircuit, angles: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Values, and the gradients of a loss by the angles and all parameters, the angles' first."""
    angles = angles.detach().requires_grad_()
    values = circuit(angles)
    return values, list(torch.autograd.grad(values.square().sum(), [angles, *circuit.parameters()]))


def compare(
    names: list[str], n_qubits: int, batch: int, rounds: int,
    make: Callable[..., DescribedCircuit] = ReuploadingCircuit,
) -> list[Row]:  # fmt: skip
    """Time the named simulators in turn, once they have been seen to compute the same."""
    torch.manual_seed(0)
    angles = torch.randn(batch, n_qubits)
    available = simulators()
    circuits = {name: make(n_qubits, backend=available[name]()) for name in names}
    for circuit in circuits.values():
        circuit.load_state_dict(circuits[REFERENCE].state_dict())
    check_equal(circuits, angles)
    calls = {name: 10 if batch * 2**n_qubits <= 2**16 and "statevector" in name else 1 for name in names}
    steps = {name: partial(repeat, calls[name], circuit, angles) for name, circuit in circuits.items()}
    seconds = {name: value / calls[name] for name, value in medians(steps, rounds, warmup=0).items()}
    return [Row(name, n_qubits, batch, 1e3 * value, value / seconds[REFERENCE]) for name, value in seconds.items()]


def repeat(calls: int, circuit: DescribedCircuit, angles: Tensor) -> None:
    """Several steps in a row."""
    for _ in range(calls):
        step(circuit, angles)


def check_equal(circuits: dict[str, DescribedCircuit], angles: Tensor) -> None:
    """Speed means nothing where values or gradients differ."""
    expected, expected_gradients = step(circuits[REFERENCE], angles)
    for name, circuit in circuits.items():
        values, gradients = step(circuit, angles)
        torch.testing.assert_close(values, expected, rtol=0, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}")
        for gradient, other in zip(gradients, expected_gradients, strict=True):
            # Gradients of parameters are sums over the batch.
            scale = max(1.0, other.abs().max().item())
            torch.testing.assert_close(gradient, other, rtol=0, atol=5e-5 * scale)


def peers() -> Iterator[Row]:
    """Every simulator, at the paper's size; the slowest leaves out the large batch, where it takes ten seconds."""
    yield from compare(list(simulators()), n_qubits=6, batch=32, rounds=30)
    yield from compare([name for name in simulators() if "lightning" not in name], n_qubits=6, batch=500, rounds=15)


def batches() -> Iterator[Row]:
    """The paper's circuit from one sample to 4096."""
    for batch in (1, 8, 32, 128, 500, 1024, 4096):
        yield from compare([REFERENCE, "statevector, autograd", PENNYLANE], 6, batch, rounds=20 if batch < 1000 else 5)


def qubits() -> Iterator[Row]:
    """A batch of 32 from 2 to 20 qubits; PennyLane up to 14, autograd up to 16, where they take seconds."""
    for n_qubits in range(2, 21, 2):
        names = [REFERENCE]
        names += ["statevector, autograd"] if n_qubits <= 16 else []
        names += [PENNYLANE] if n_qubits <= 14 else []
        yield from compare(names, n_qubits, 32, rounds=15 if n_qubits < 10 else 5 if n_qubits < 14 else 1)


OTHER_CIRCUITS: dict[str, Callable[..., DescribedCircuit]] = {
    "hardware-efficient: RY, RZ, CZ bricks, RZ encoding": BlockCircuit,
    "strongly entangling: Rot, CNOT rings, RX encoding": partial(
        BlockCircuit, rotations=["Rot"], entangling_gate="CNOT", entangler="rings", encoding="RX"
    ),
}


def other_circuits() -> Iterator[tuple[str, Row]]:
    """Circuits without a gradient written out, by their name: autograd on the state vector, and PennyLane."""
    for name, make in OTHER_CIRCUITS.items():
        for row in compare([REFERENCE, PENNYLANE], 6, 32, rounds=30, make=make):
            yield name, row


def peak_memory(n_qubits: int, n_reuploads: int = 2, batch: int = 32) -> float:
    """GiB that forward and backward need in a process of their own, beyond what it needs before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak_memory, (n_qubits, n_reuploads, batch))


def _peak_memory(n_qubits: int, n_reuploads: int, batch: int) -> float:
    torch.set_num_threads(1)
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step(ReuploadingCircuit(n_qubits, n_reuploads), torch.randn(batch, n_qubits))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit / 2**30


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    # First, as a new process starts with the peak of the one that starts it.
    print("Peak memory, batch 32")
    for n_qubits, n_reuploads in ((6, 2), (12, 2), (16, 2), (16, 20), (20, 2)):
        memory = peak_memory(n_qubits, n_reuploads)
        print(f"{n_qubits:>2} qubits, {n_reuploads:>2} encodings {memory:8.2f} GiB", flush=True)
    print(f"\nForward and backward; the last column is how many times the time of '{REFERENCE}'.")
    for title, rows in (("Simulators", peers), ("Batch", batches), ("Qubits", qubits)):
        print(f"\n{title}")
        for row in rows():
            print(row, flush=True)
    print("\nOther circuits")
    for name, row in other_circuits():
        print(name, row, flush=True)


if __name__ == "__main__":
    main()
