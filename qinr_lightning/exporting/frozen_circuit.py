"""A trained circuit as real arithmetic, for programs that know neither qubits nor complex numbers."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import schur
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum import DescribedCircuit, Gate, Input, Parameter
from qinr_lightning.quantum.readout import PauliWord

Matrix = NDArray[np.complex128]
LARGEST = 10
"""Qubits; between encodings a circuit is a matrix of 2**n rows and columns."""
PARTS = {"Rot": ("RZ", "RY", "RZ"), "U3": ("RZ", "RY", "RZ"), "CRot": ("CRZ", "CRY", "CRZ")}
"""Gates of three angles as gates of one, in the order in which they act; U3 but for its global phase."""


class FrozenCircuit(nn.Module):
    r"""A described circuit with its trained parameters as constants.

    .. math:: \psi = C_L D_L(x) C_{L-1} \cdots D_1(x) c_0, \qquad D_l(x) = \mathrm{diag}(e^{i F_l x})

    What happens between two encodings is one matrix, and an encoding, in the basis of its generators' eigenvectors,
    turns each amplitude by a phase that is linear in the angles x.

    Args:
        circuit: The circuit; its backend must be without noise and shots.
        angle_shape: Shape of the angles of a sample, where it is another than ``(n_qubits,)``.

    Raises:
        SettingError: For more than ten qubits, or for a circuit that is no such map.

    Attributes:
        frequencies: F, ``(n_layers, 2**n_qubits, n_angles)``.
        matrices: Real and imaginary parts of c_0 (in the first column of a matrix) and of C, ``(n_layers + 1, 2,
            2**n_qubits, 2**n_qubits)``.
        partners: For each observable the basis state that it takes each one to, ``(n_observables, 2**n_qubits)``.
        factors: Real and imaginary part of what it multiplies it by, ``(n_observables, 2, 2**n_qubits)``.
    """

    frequencies: Tensor
    matrices: Tensor
    partners: Tensor
    factors: Tensor

    @torch.no_grad()
    def __init__(self, circuit: DescribedCircuit, angle_shape: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self.n_qubits, self.n_observables = circuit.n_qubits, circuit.n_observables
        if circuit.n_qubits > LARGEST:
            raise SettingError("n_qubits", circuit.n_qubits, f"must be at most {LARGEST} to leave this package")
        if circuit.noise is not None or circuit.backend.n_shots is not None:
            raise SettingError("circuit", circuit.backend.label, "must be without noise and shots")
        angle_shape = angle_shape or (circuit.n_qubits,)
        units = torch.eye(math.prod(angle_shape)).view(-1, *angle_shape)
        inputs, parameters = circuit.bind(units)
        dtype = parameters.dtype
        scales = inputs.flatten(1).double().numpy().T  # (n_inputs, n_angles)
        layers, last = _layers(circuit, parameters.flatten().double().numpy(), len(scales))
        matrices = np.stack([*(layer.before for layer in layers), last])
        words = [_as_permutation(word, self.n_qubits) for word in circuit.words]
        factors = np.stack([factor for _, factor in words])
        values = {
            "frequencies": np.stack([layer.frequencies @ scales for layer in layers])
            if layers
            else np.empty((0, 0, 0)),
            "matrices": np.stack([matrices.real, matrices.imag], axis=1),
            "factors": np.stack([factors.real, factors.imag], axis=1),
        }
        for name, value in values.items():
            self.register_buffer(name, torch.tensor(value, dtype=dtype))
        self.register_buffer("partners", torch.tensor(np.stack([partner for partner, _ in words])))
        # With a way of its own to bind angles it is something else.
        angles = torch.randn(3, *angle_shape, generator=torch.Generator().manual_seed(0)).to(dtype)
        if not torch.allclose(self(angles), circuit(angles), atol=1e-4):
            name = type(circuit).__name__
            raise SettingError("circuit", name, "has inputs that are no linear function of its angles")

    def forward(self, angles: Tensor) -> Tensor:
        """Angles in rad, as the circuit takes them, to expectation values, ``(batch, n_observables)``."""
        x = angles.flatten(1)
        start = self.matrices[0, :, :, 0]
        # Not len(x): traced, it would be a number.
        re, im = (part.expand(x.shape[0], -1) for part in start)
        for frequencies, (real, imaginary) in zip(self.frequencies, self.matrices[1:], strict=True):
            phases = x @ frequencies.T
            cos, sin = phases.cos(), phases.sin()
            re, im = re * cos - im * sin, re * sin + im * cos
            re, im = re @ real.T - im @ imaginary.T, re @ imaginary.T + im @ real.T
        other_re, other_im = re[:, self.partners], im[:, self.partners]
        real, imaginary = self.factors.unbind(1)
        values: Tensor = re[:, None] * (other_re * real - other_im * imaginary)
        values = values + im[:, None] * (other_im * real + other_re * imaginary)
        return values.sum(-1)


def frozen(part: nn.Module) -> nn.Module:
    """The module with every described circuit in it frozen, in place.

    Raises:
        SettingError: For circuits that cannot be.
    """
    for parent in list(part.modules()):
        for name, child in parent.named_children():
            if isinstance(child, DescribedCircuit):
                setattr(parent, name, FrozenCircuit(child, getattr(parent, "angle_shape", None)))
    return part


class _Encoding:
    """Gates on different wires whose angles are inputs: phases in the basis of their eigenvectors."""

    def __init__(self, before: Matrix, n_qubits: int, n_inputs: int) -> None:
        self.before = before
        """From the basis of the encoding before to that of this one."""
        self.frequencies = np.zeros((2**n_qubits, n_inputs))
        self.basis: Matrix = np.eye(2**n_qubits, dtype=complex)
        self.wires: set[int] = set()
        self.n_qubits = n_qubits

    def add(self, gate: Gate, index: int) -> None:
        turned = schur(_matrix(gate, 1.0), output="complex")  # Of a normal matrix: eigenvalues and eigenvectors.
        exponents = np.angle(np.diag(turned[0]))
        vectors = _on_all(turned[1], gate.wires, self.n_qubits)
        self.before, self.basis = vectors.conj().T @ self.before, self.basis @ vectors
        self.frequencies[:, index] += exponents[_bits(self.n_qubits, gate.wires)]
        self.wires |= set(gate.wires)


def _layers(
    circuit: DescribedCircuit, parameters: NDArray[np.float64], n_inputs: int
) -> tuple[list[_Encoding], Matrix]:
    """The encodings in order, and what comes after the last of them."""
    layers: list[_Encoding] = []
    since: Matrix | None = np.eye(2**circuit.n_qubits, dtype=complex)
    for gate in _of_one_angle(circuit.ansatz.gates):
        (angle,) = gate.angles or (0.0,)
        if isinstance(angle, Input):
            if since is not None or layers[-1].wires & set(gate.wires):
                layers.append(_Encoding(layers[-1].basis if since is None else since, circuit.n_qubits, n_inputs))
                since = None
            layers[-1].add(gate, angle.index)
        else:
            value = parameters[angle.index] if isinstance(angle, Parameter) else angle
            before = layers[-1].basis if since is None else since
            since = _on_all(_matrix(gate, value), gate.wires, circuit.n_qubits) @ before
    return layers, layers[-1].basis if since is None else since


def _of_one_angle(gates: tuple[Gate, ...]) -> Iterator[Gate]:
    for gate in gates:
        if gate.name == "U3":
            theta, phi, delta = gate.angles
            yield from (Gate(part, gate.wires, (a,)) for part, a in zip(PARTS["U3"], (delta, theta, phi), strict=True))
        elif gate.name in PARTS:
            yield from (Gate(part, gate.wires, (a,)) for part, a in zip(PARTS[gate.name], gate.angles, strict=True))
        else:
            yield gate


def _matrix(gate: Gate, value: float) -> Matrix:
    import pennylane as qp

    arguments = [value] if gate.angles else []
    matrix: Matrix = qp.matrix(getattr(qp, gate.name)(*arguments, wires=gate.wires), wire_order=gate.wires)
    return matrix


def _on_all(matrix: Matrix, wires: tuple[int, ...], n_qubits: int) -> Matrix:
    import pennylane as qp

    expanded: Matrix = qp.math.expand_matrix(matrix, wires, range(n_qubits))
    return expanded


def _bits(n_qubits: int, wires: tuple[int, ...]) -> NDArray[np.int64]:
    """Of each basis state the number that its bits on some wires are, the first wire's the most significant."""
    states = np.arange(2**n_qubits)
    bits = [(states >> (n_qubits - 1 - wire)) & 1 for wire in wires]
    return np.asarray(sum(bit << (len(wires) - 1 - place) for place, bit in enumerate(bits)))


def _as_permutation(word: PauliWord, n_qubits: int) -> tuple[NDArray[np.int64], Matrix]:
    """A word as what it does to basis states: ``(W psi)[k] = factor[k] * psi[partner[k]]``."""
    states = np.arange(2**n_qubits)
    partner, factor = states.copy(), np.ones(2**n_qubits, dtype=complex)
    for letter, wire in word:
        place = n_qubits - 1 - wire
        sign = 1 - 2 * ((states >> place) & 1)
        factor *= {"X": 1, "Y": -1j * sign, "Z": sign}[letter]
        partner ^= 0 if letter == "Z" else 1 << place
    return partner, factor
