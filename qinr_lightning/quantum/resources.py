"""What running a circuit takes: qubits, gates and depth, as described and as a device with gates of its own runs it."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from qinr_lightning.quantum.ansatz import Ansatz, longest_path
from qinr_lightning.quantum.circuit import DescribedCircuit, QuantumCircuit
from qinr_lightning.quantum.gan_circuits import LayeredCircuits
from qinr_lightning.quantum.pennylane_backend import quantum_function

if TYPE_CHECKING:
    import pennylane as qp


class Resources(NamedTuple):
    """What one circuit takes."""

    n_qubits: int
    gates: dict[str, int]
    """How many of each name."""
    two_qubit_gates: int
    depth: int
    """Gates on the longest path, all of them taken to last equally long."""

    def named(self, place: str = "resources") -> dict[str, float]:
        """As metrics, under names such as ``resources/gates/RZ``."""
        return {
            f"{place}/qubits": self.n_qubits,
            **{f"{place}/gates/{name}": count for name, count in sorted(self.gates.items())},
            f"{place}/two_qubit_gates": self.two_qubit_gates,
            f"{place}/depth": self.depth,
        }


def described_resources(ansatz: Ansatz) -> Resources:
    """Of a circuit, gate by gate as it is described."""
    two = sum(len(gate.wires) == 2 for gate in ansatz.gates)
    return Resources(ansatz.n_qubits, ansatz.counts(), two, ansatz.depth())


def circuit_resources(circuit: QuantumCircuit) -> dict[str, float]:
    """What a circuit takes as it is described, as metrics; empty for one that PennyLane alone knows.

    ``resources/measurement_groups`` is how many circuits hardware would execute for one input, times the shots.
    """
    if isinstance(circuit, DescribedCircuit):
        groups = circuit.n_measurement_groups
    elif isinstance(circuit, LayeredCircuits):
        groups = circuit.n_circuits
    else:
        return {}
    return described_resources(circuit.ansatz).named() | {"resources/measurement_groups": groups}


def line_resources(ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Resources:
    """Of a circuit on a line of qubits that knows RZ, SX and CZ, compiled by PennyLane.

    PennyLane's transforms break gates up, swap qubits that have to meet (``transpile``) and fuse neighbouring
    rotations; a rotation then takes at most three RZ and two SX. What changes the basis before a measurement is not in
    it.

    Args:
        ansatz: The circuit.
        inputs: Angles, rad, ``(n_inputs,)``: gates whose angles are 0 cost nothing, so any that are generic.
        parameters: Angles, rad, ``(n_parameters,)``.
    """
    operations = compiled_to_a_line(ansatz, inputs, parameters)
    two = sum(len(operation.wires) == 2 for operation in operations)
    counts = Counter(operation.name for operation in operations)
    depth = longest_path(operation.wires for operation in operations)
    return Resources(ansatz.n_qubits, dict(counts), two, depth)


def compiled_to_a_line(ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> "Sequence[qp.operation.Operator]":
    """The gates of :func:`line_resources`; they leave qubits where the swaps have brought them."""
    import pennylane as qp

    def after(transform: Any, tape: Any, **options: Any) -> Any:
        (changed,), _ = transform(tape, **options)
        return changed

    function = quantum_function(ansatz, ())
    queued = qp.tape.make_qscript(function)(
        inputs.detach().double().numpy(), parameters.detach().double().flatten().numpy()
    )
    # Transforms want something to be measured.
    tape = qp.tape.QuantumScript(queued.operations, [qp.expval(qp.Z(0))])
    known = {"RX", "RY", "RZ", "Rot", "PhaseShift", "Hadamard", "S", "T", "SX", "PauliX", "PauliY", "PauliZ"}
    tape = after(qp.transforms.decompose, tape, gate_set={"CZ", "CNOT", *known})
    if ansatz.n_qubits > 1:
        line = [(wire, wire + 1) for wire in range(ansatz.n_qubits - 1)]
        tape = after(qp.transforms.transpile, tape, coupling_map=line)
    tape = qp.tape.QuantumScript(list(_with_cz(tape.operations)), tape.measurements)
    fusing = [qp.transforms.cancel_inverses, qp.transforms.single_qubit_fusion]
    tape = after(qp.compile, tape, pipeline=fusing, num_passes=2)
    tape = qp.tape.QuantumScript(list(_with_sx(tape.operations)), tape.measurements)
    merged = after(qp.transforms.merge_rotations, tape).operations
    return [operation for operation in merged if operation.name != "GlobalPhase"]


def _with_cz(operations: "Iterable[qp.operation.Operator]") -> "Iterable[qp.operation.Operator]":
    """SWAP and CNOT by CZ and Hadamard."""
    import pennylane as qp

    for operation in operations:
        if operation.name == "SWAP":
            one, other = operation.wires
            pairs = [(one, other), (other, one), (one, other)]
        elif operation.name == "CNOT":
            pairs = [tuple(operation.wires)]
        else:
            yield operation
            continue
        for control, target in pairs:
            yield qp.Hadamard(target)
            yield qp.CZ([control, target])
            yield qp.Hadamard(target)


def _with_sx(operations: "Iterable[qp.operation.Operator]") -> "Iterable[qp.operation.Operator]":
    """A rotation Rot(a, b, c) as RZ(a) SX RZ(b + pi) SX RZ(c + pi), up to a phase, and as one RZ where b is 0."""
    import pennylane as qp

    for operation in operations:
        if len(operation.wires) != 1:
            yield operation
            continue
        first, middle, last = (float(angle) for angle in operation.single_qubit_rot_angles())
        if abs(math.sin(middle / 2)) < 1e-9:
            yield qp.RZ(first + last, operation.wires)
            continue
        yield qp.RZ(first, operation.wires)
        yield qp.SX(operation.wires)
        yield qp.RZ(middle + math.pi, operation.wires)
        yield qp.SX(operation.wires)
        yield qp.RZ(last + math.pi, operation.wires)
