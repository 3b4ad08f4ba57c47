"""The circuits of the compared GANs: the sub-generators of a patch GAN, and Herr et al.'s ansatz."""

import math
from typing import Annotated, Literal

import torch
from annotated_types import Ge, MultipleOf
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.memory import memory_there_is, too_much
from qinr_lightning.quantum.ansatz import Layered
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.circuit import QuantumCircuit, find_backend
from qinr_lightning.quantum.entangler import bricks, chain
from qinr_lightning.quantum.statevector import StatevectorBackend
from qinr_lightning.quantum.statevector.basis import z_signs
from qinr_lightning.ranges import Layers, PositiveInt, Qubits


class LayeredCircuits(QuantumCircuit):
    """Circuits that encode the same input once, then have layers of rotations and CNOT gates; all run in one pass.

    Its parameters are rotation angles, nothing else.
    """

    n_circuits = 1

    def __init__(self, ansatz: Layered, backend: str | Backend) -> None:
        super().__init__()
        self.n_qubits = ansatz.n_qubits
        self.ansatz = ansatz
        self.backend = find_backend(backend)
        if isinstance(self.backend, StatevectorBackend) and self.backend.shots is not None:
            raise SettingError(
                "shots", self.backend.shots.number, "must be null: all outcomes' probabilities are needed"
            )

    def probabilities(self, angles: Tensor, rotations: Tensor) -> Tensor:
        """Probabilities of all basis states, ``(batch, n_circuits, 2**n_qubits)``.

        Args:
            angles: Angles of the encoding, rad, ``(batch, n_qubits)``. Cast to the dtype of the rotations.
            rotations: Rot angles, rad, ``(n_circuits, n_layers, n_qubits, 3)``.

        Raises:
            ValueError: For angles of another shape.
        """
        if angles.dim() != 2 or angles.shape[1] != self.n_qubits:
            raise ValueError(f"angles have shape {tuple(angles.shape)}; expected (batch, {self.n_qubits})")
        angles = angles.to(rotations.dtype)
        return self.in_parts(lambda part: self.backend.probabilities(self.ansatz, part, rotations), angles)

    def bytes_needed(self, batch: int) -> int:
        return self.backend.bytes_needed(self.ansatz, batch * self.n_circuits)


class PatchCircuits(LayeredCircuits):
    """The sub-generators of PQWGAN (Tsang et al.): one circuit a patch, each with angles of its own.

    RY of the input on every qubit, then ``n_layers`` layers of Rot on every qubit and an open chain of CNOT gates.

    Args:
        n_patches: Number of circuits.
        n_qubits: Qubits of each.
        n_layers: Layers of each.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`Backend`.

    Attributes:
        rotations: Rot(a, b, g) angles, rad, ``(n_patches, n_layers, n_qubits, 3)``, uniform in [0, 1) at first.

    >>> circuits = PatchCircuits(n_patches=28, n_qubits=6, n_layers=4)
    >>> circuits.rotations.numel()
    2016
    >>> circuits(torch.zeros(25, 6)).shape
    torch.Size([25, 28, 64])
    """

    def __init__(
        self,
        n_patches: PositiveInt = 28,
        n_qubits: Qubits = 6,
        n_layers: Layers = 4,
        backend: str | Backend = "statevector",
    ) -> None:
        super().__init__(Layered(n_qubits, "RY", (chain(n_qubits),) * n_layers), backend)
        self.n_circuits = n_patches
        self.rotations = nn.Parameter(torch.empty(n_patches, n_layers, n_qubits, 3))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        self.rotations.copy_(torch.rand(self.rotations.shape))

    def forward(self, angles: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n_qubits)``, to probabilities, ``(batch, n_patches, 2**n_qubits)``."""
        return self.probabilities(angles, self.rotations)


class MirroredCircuit(LayeredCircuits):
    """The ansatz of Herr et al.: the second half of the layers undoes the first, until training tells them apart.

    RX of the input on every qubit, then layers of rotations and of CNOT gates between neighbours, alternating between
    even and odd pairs. The second half are the first half's gates in reverse with negated angles, so that training
    starts at the identity.

    Args:
        n_qubits: Number of qubits.
        n_layers: Number of layers, even.
        rotation: ``"axis"``: one angle a qubit and layer, about an axis drawn once from X, Y and Z. ``"rot"``: the
            three angles of Rot.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`Backend`.

    Raises:
        SettingError: Where the number of layers is odd, or the states do not fit in memory.

    Attributes:
        angles: ``(n_layers, n_qubits)`` with ``"axis"``, ``(n_layers, n_qubits, 3)`` with ``"rot"``, rad; uniform in
            [0, 2 pi) in the first half.
        axes: Buffer of the axes, 0 to 2 for X to Z, ``(n_layers, n_qubits)``; None with ``"rot"``.
    """

    axes: Tensor | None
    signs: Tensor

    def __init__(
        self,
        n_qubits: Qubits = 10,
        n_layers: Annotated[Layers, Ge(2), MultipleOf(2)] = 4,
        rotation: Literal["axis", "rot"] = "axis",
        backend: str | Backend = "statevector",
    ) -> None:
        if n_layers < 2 or n_layers % 2:
            raise SettingError("n_layers", n_layers, "must be even and at least 2: the second half mirrors the first")
        # The signs of Z, in three steps.
        needed, there = 3 * 8 * n_qubits * 2**n_qubits, memory_there_is()
        if needed > there:
            raise SettingError("n_qubits", n_qubits, f"the states for one image need {too_much(needed, there)}")
        half = [bricks(n_qubits, layer) for layer in range(n_layers // 2)]
        # R1 E1 R2 E2 | E2 R2' E1 R1': in the middle E2 meets itself. The pairs of a layer commute.
        super().__init__(Layered(n_qubits, "RX", (*half[:-1], (), *half[-2::-1], ())), backend)
        angles = (n_layers, n_qubits) if rotation == "axis" else (n_layers, n_qubits, 3)
        self.angles = nn.Parameter(torch.empty(angles))
        axes = torch.empty(n_layers, n_qubits, dtype=torch.long) if rotation == "axis" else None
        self.register_buffer("axes", axes)
        self.register_buffer("signs", z_signs(n_qubits).float(), persistent=False)
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        n_half = len(self.angles) // 2
        first = 2 * math.pi * torch.rand(n_half, *self.angles.shape[1:])
        # The inverse of Rot(a, b, g) is Rot(-g, -b, -a).
        second = -first.flip(0) if self.axes is not None else -first.flip(0, 2)
        self.angles.copy_(torch.cat([first, second]))
        if self.axes is not None:
            drawn = torch.randint(3, (n_half, self.n_qubits))
            self.axes.copy_(torch.cat([drawn, drawn.flip(0)]))

    def rotations(self) -> Tensor:
        """Rot angles, rad, ``(n_layers, n_qubits, 3)``."""
        if self.axes is None:
            return self.angles
        zero = torch.zeros_like(self.angles)
        quarter = zero + math.pi / 2
        # RX is RY between two quarter turns about Z.
        by_axis = torch.stack(
            [
                torch.stack([quarter, self.angles, -quarter], -1),
                torch.stack([zero, self.angles, zero], -1),
                torch.stack([self.angles, zero, zero], -1),
            ]
        )
        return by_axis.gather(0, self.axes[None, ..., None].expand(1, -1, -1, 3))[0]

    def forward(self, angles: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n_qubits)``, to expectation values of Z, ``(batch, n_qubits)``."""
        probabilities = self.probabilities(angles, self.rotations()[None])[:, 0]
        return probabilities @ self.signs.T.to(probabilities)
