"""The quantum circuits that decode an image, one for each measurement group, for PennyLane, Qiskit and OpenQASM."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRAutoencoder
from qinr_lightning.networks import CoordinateDecoder
from qinr_lightning.quantum import DescribedCircuit, ExpectationCircuit, QNodeCircuit
from qinr_lightning.quantum.pennylane_backend import quantum_function
from qinr_lightning.quantum.readout import written
from qinr_lightning.runs import write_json, write_whole

if TYPE_CHECKING:
    import pennylane as qp
    from qiskit import QuantumCircuit

GATES = frozenset(
    ("CNOT", "CRZ", "CZ", "Hadamard", "Identity", "PauliX", "PauliY", "PauliZ", "PhaseShift", "RX", "RY", "RZ", "S",
     "Adjoint(S)", "T", "Adjoint(T)", "Toffoli", "U1", "U2", "U3")
)  # fmt: skip
"""Gates that the libraries of both versions of OpenQASM have, by PennyLane's names; all others are made of them."""
VERSION_3 = {
    r"OPENQASM 2\.0;": "OPENQASM 3.0;",
    r"qelib1\.inc": "stdgates.inc",
    r"qreg q\[(\d+)\];": r"qubit[\1] q;",
    r"creg c\[(\d+)\];": r"bit[\1] c;",
    r"measure (q\[\d+\]) -> (c\[\d+\]);": r"\2 = measure \1;",
}
"""What OpenQASM 3 writes otherwise than OpenQASM 2; the gates are written alike."""
SUMMARY = "circuits.json"


@dataclass(frozen=True)
class BoundCircuit:
    """A circuit with the values of all its angles, and observables that one setting of the measurement serves."""

    script: "qp.tape.QuantumScript"
    """Gates and expectation values for PennyLane; angles in double precision."""
    letters: tuple[dict[int, str], ...]
    """Of each observable: the wires, each with its X, Y or Z."""
    n_qubits: int
    number: int = 0
    """Which of the decoder's circuits at a pixel it is."""

    @property
    def words(self) -> list[str]:
        """The observables, such as ``Z1 Z2``."""
        return [written(tuple((letter, wire) for wire, letter in sorted(word.items()))) for word in self.letters]

    def expectations(self) -> list[float]:
        """Exact expectation values of the observables, without noise, by PennyLane's default.qubit."""
        import pennylane as qp

        (values,) = qp.execute([self.script], qp.device("default.qubit", wires=self.n_qubits), diff_method=None)
        return [float(value) for value in (values if len(self.letters) > 1 else [values])]

    def openqasm(self, version: Literal[2, 3] = 2) -> str:
        """The circuit in OpenQASM: its gates, those that turn the measured letters into Z, a measurement of each qubit.

        Qubit ``q[i]`` is wire i and ``c[i]`` its result. The mean over shots of (-1) to the sum of ``c[i]``, over the
        wires of an observable, is the observable's expectation value.
        """
        import pennylane as qp

        turns: list[Any] = []
        for wire, letter in sorted({wire: letter for word in self.letters for wire, letter in word.items()}.items()):
            turns += [qp.adjoint(qp.S(wire))] if letter == "Y" else []
            turns += [qp.Hadamard(wire)] if letter in "XY" else []
        tape = qp.tape.QuantumScript([*self.script.operations, *turns])
        (made,), _ = qp.transforms.decompose(tape, gate_set={*GATES, "GlobalPhase"})
        # A global phase changes no measurement, and OpenQASM 2 has none.
        kept = [operation for operation in made.operations if operation.name != "GlobalPhase"]
        text: str = qp.to_openqasm(qp.tape.QuantumScript(kept), wires=range(self.n_qubits), rotations=False)
        for pattern, replacement in VERSION_3.items() if version == 3 else ():
            text = re.sub(pattern, replacement, text)
        return text

    def to_qiskit(self) -> "QuantumCircuit":
        """The same as Qiskit's object, measurements included; Qiskit has to be installed."""
        from qiskit import qasm2

        return qasm2.loads(self.openqasm())


@torch.inference_mode()
def image_circuits(model: Any, image: Tensor, pixel: tuple[int, int] | None = None) -> list[BoundCircuit]:
    """The circuits that a model runs to decode an image: one for each measurement group.

    Where a coordinate decoder runs several at a pixel (``n_circuits``), those of the first come first.

    Args:
        model: An autoencoder with a circuit in its decoder.
        image: In [-1, 1], ``(channels, height, width)``; its latent vector is decoded.
        pixel: Row and column; for a coordinate decoder, which has a circuit at each pixel.

    Raises:
        SettingError: For a model without such a circuit or with other observables than Pauli words, a pixel that is not
            there, or one of a decoder that has a circuit for the whole image.
    """
    circuit = check_circuits(model, pixel)
    model.eval()
    angles = _angles(model, circuit, image, pixel)
    bound: list[BoundCircuit] = []
    for number, script in enumerate(_scripts(circuit, angles)):
        bound += _by_measurement(script, circuit.n_qubits, number)
    return bound


def write_openqasm(circuits: list[BoundCircuit], folder: Path) -> None:
    """Write ``group<i>.qasm`` (OpenQASM 2) and ``group<i>.qasm3`` of each circuit, and what they measure.

    Of several circuits they are ``circuit<k>_group<i>.qasm`` and so on. ``circuits.json`` has the files of each group
    and, by observable, the exact expectation values.

    Args:
        circuits: Of an image.
        folder: Where they go.
    """
    summary = []
    groups: Counter[int] = Counter()
    for circuit in circuits:
        name = f"group{groups[circuit.number]}"
        if circuits[-1].number > 0:
            name = f"circuit{circuit.number}_{name}"
        groups[circuit.number] += 1
        names = {2: f"{name}.qasm", 3: f"{name}.qasm3"}
        write_whole(folder / names[2], circuit.openqasm(2).encode())
        write_whole(folder / names[3], circuit.openqasm(3).encode())
        values = dict(zip(circuit.words, circuit.expectations(), strict=True))
        summary.append({"openqasm2": names[2], "openqasm3": names[3], "expectations": values})
    write_json(folder / SUMMARY, {"circuits": summary})


def check_circuits(model: Any, pixel: tuple[int, int] | None = None) -> ExpectationCircuit:
    """The circuit in the decoder of an autoencoder, once it has been seen that it can be had for an image or a pixel.

    Raises:
        SettingError: As :func:`image_circuits` says.
    """
    if not isinstance(model, QINRAutoencoder):
        raise SettingError("model", type(model).__name__, "decodes no images of the data; an autoencoder does")
    decoder = model.decoder
    circuit = next((module for module in decoder.modules() if isinstance(module, ExpectationCircuit)), None)
    if circuit is None:
        part = getattr(decoder, "circuit", decoder)
        raise SettingError("model", type(model).__name__, f"its decoder has no quantum circuit ({type(part).__name__})")
    given = None if pixel is None else list(pixel)
    if not isinstance(decoder, CoordinateDecoder):
        if pixel is not None:
            raise SettingError("pixel", given, f"{type(decoder).__name__} has one circuit for all pixels")
    elif pixel is None or not all(0 <= at < n for at, n in zip(pixel, decoder.image_shape[1:], strict=True)):
        height, width = decoder.image_shape[1:]
        said = f"must be the row and column of one of the {height} x {width} pixels: each has a circuit"
        raise SettingError("pixel", given, said)
    return circuit


def _angles(
    model: QINRAutoencoder, circuit: ExpectationCircuit, image: Tensor, pixel: tuple[int, int] | None
) -> Tensor:
    """What the circuit is given while the image is decoded, ``(n_circuits, ...)``."""
    given: list[Tensor] = []
    decoder = model.decoder
    with circuit.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0])):
        z = model.encode(image[None].to(model.dtype))
        if isinstance(decoder, CoordinateDecoder) and pixel is not None:
            decoder.at_pixels(z, torch.tensor([pixel[0] * decoder.image_shape[2] + pixel[1]]))
        else:
            decoder(z)
    return given[0]


def _scripts(circuit: ExpectationCircuit, angles: Tensor) -> Iterator["qp.tape.QuantumScript"]:
    """One for each row of angles."""
    import pennylane as qp

    if isinstance(circuit, DescribedCircuit):
        inputs, parameters = (values.double().numpy() for values in circuit.bind(angles))
        make = qp.tape.make_qscript(quantum_function(circuit.ansatz, circuit.words))
        yield from (make(of_one.reshape(-1), parameters.reshape(-1)) for of_one in inputs)
        return
    assert isinstance(circuit, QNodeCircuit)
    weights = {name: value.double().numpy() for name, value in circuit.weights.items()}
    make = qp.tape.make_qscript(circuit.function)
    yield from (make(of_one, **weights) for of_one in angles.double().numpy())


def _by_measurement(script: "qp.tape.QuantumScript", n_qubits: int, number: int) -> list[BoundCircuit]:
    import pennylane as qp

    channels = [operation.name for operation in script.operations if isinstance(operation, qp.operation.Channel)]
    if channels:
        raise SettingError("circuit", channels[0], "is noise, of which OpenQASM knows nothing")
    for measured in script.measurements:
        if measured.obs.pauli_rep is None or list(measured.obs.pauli_rep.values()) != [1]:
            raise SettingError("readout", measured.obs, "is no Pauli word, such as Z0 or X0 X1")
    groups, _ = qp.transforms.split_non_commuting(script, grouping_strategy="qwc")
    return [BoundCircuit(group, tuple(_letters(group)), n_qubits, number) for group in groups]


def _letters(script: "qp.tape.QuantumScript") -> Iterator[dict[int, str]]:
    for measured in script.measurements:
        (word,) = measured.obs.pauli_rep
        yield {int(wire): str(letter) for wire, letter in word.items()}
