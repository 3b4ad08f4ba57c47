"""The data re-uploading circuit of the paper as a PyTorch module."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import Ansatz, Reuploading
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.densitymatrix import DensityMatrixBackend
from qinr_lightning.quantum.entangler import parse_entangler
from qinr_lightning.quantum.initial_angles import InitialAngles, find_init
from qinr_lightning.quantum.noise import Noise
from qinr_lightning.quantum.pennylane_backend import PennyLaneBackend, draw
from qinr_lightning.quantum.readout import PauliWord, count_measurement_groups, parse_readout
from qinr_lightning.quantum.statevector import StatevectorBackend
from qinr_lightning.ranges import Layers, Qubits

_BYTES_AT_ONCE = 2**30
BACKENDS: dict[str, type[Backend]] = {"statevector": StatevectorBackend, "pennylane": PennyLaneBackend}


class QuantumCircuit(nn.Module, ABC):
    """A parametrised quantum circuit; its parameters are the quantum ones (Theta_q of section 3.4)."""

    n_qubits: int

    @abstractmethod
    def reset_parameters(self) -> None:
        """Draw the initial parameters anew, from PyTorch's global generator."""

    def bytes_needed(self, batch: int) -> int:
        """Bytes that the states of a batch take at least, in training; 0 where it is not known."""
        return 0

    def in_parts(self, run: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
        """Run a batch; a part at a time where no gradient needs the states of all together."""
        if torch.is_grad_enabled():
            return run(inputs)
        parts = inputs.split(max(1, _BYTES_AT_ONCE // max(1, self.bytes_needed(1))))
        return torch.cat([run(part) for part in parts]) if len(parts) > 1 else run(inputs)


class ExpectationCircuit(QuantumCircuit):
    """A circuit that maps ``(batch, n_qubits)`` angles, rad, to ``(batch, n_observables)`` expectation values."""

    @property
    @abstractmethod
    def n_observables(self) -> int:
        """Number of expectation values."""

    @property
    @abstractmethod
    def n_measurement_groups(self) -> int:
        """Circuits that hardware would execute for one sample, times the shots; see ``count_measurement_groups``."""

    @abstractmethod
    def draw(self) -> str:
        """The circuit as text, drawn by PennyLane."""


class DescribedCircuit(ExpectationCircuit):
    """A circuit whose gates are described, so that every backend runs it.

    Args:
        ansatz: The gates.
        words: The observables.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`Backend`.
        noise: What befalls the qubits; None for nothing.
    """

    def __init__(
        self, ansatz: Ansatz, words: tuple[PauliWord, ...], backend: str | Backend, noise: Noise | None = None
    ) -> None:
        super().__init__()
        self.ansatz = ansatz
        self.n_qubits = ansatz.n_qubits
        self.words = words
        self.noise = noise
        self.backend = under(noise, find_backend(backend))

    @abstractmethod
    def bind(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """What stands for :class:`Input` and :class:`Parameter` in the description of the gates.

        Args:
            angles: Angles in rad, ``(batch, n_qubits)``; subclasses may take more.

        Returns:
            Inputs, rad, ``(batch, ...)``, and parameters, rad, each counted row by row.
        """

    def forward(self, angles: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n_qubits)`` or what else :meth:`bind` takes, to expectation values.

        Returns:
            ``(batch, n_observables)``, of the dtype of the parameters.
        """
        inputs, parameters = self.bind(angles)
        return self.in_parts(lambda part: self.backend.expectations(self.ansatz, part, parameters, self.words), inputs)

    def run_on(self, backend: Backend | None, noise: Noise | None) -> None:
        """Run on another backend and under another noise from now on.

        Args:
            backend: None for exact simulation by ``statevector``, under noise by density matrices.
            noise: None for the noise that there has been.

        Raises:
            SettingError: For a backend that has no noise.
        """
        self.noise = self.noise if noise is None else noise
        self.backend = under(self.noise, backend or StatevectorBackend())

    def _hold(self, name: str, shape: tuple[int, ...], learnable: bool) -> None:
        """Have some numbers, as parameters or as a buffer: in the state dict either way, and under the same name."""
        if learnable:
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        else:
            self.register_buffer(name, torch.empty(shape))

    @property
    def n_observables(self) -> int:
        return len(self.words)

    @property
    def n_measurement_groups(self) -> int:
        return count_measurement_groups(self.words)

    def draw(self) -> str:
        return draw(self.ansatz, self.words)

    def bytes_needed(self, batch: int) -> int:
        return self.backend.bytes_needed(self.ansatz, batch)


def described_circuits(model: nn.Module) -> list[DescribedCircuit]:
    """The circuits of a model whose gates are described."""
    return [module for module in model.modules() if isinstance(module, DescribedCircuit)]


class ReuploadingCircuit(DescribedCircuit):
    r"""Data re-uploading circuit with learnable angle scaling, eqs. (6) to (10).

    .. math:: U(h) = W^{(L+1)} S^{(L)}(h) W^{(L)} \cdots S^{(1)}(h) W^{(1)}

    Each :math:`W` is ``n_blocks`` blocks of Rot on every qubit and CZ gates (eq. 9); each
    :math:`S^{(l)}` is RZ of :math:`\lambda_{l,i} h_i` on every qubit (eq. 8).

    Args:
        n_qubits: Number of qubits.
        n_reuploads: Number of encoding layers (L in the paper's configuration); there is one parameter layer more.
        n_blocks: Blocks in a parameter layer (K).
        readout: ``"z"``, ``"xyz"``, ``"zz"``, ``"z_zz"``, ``"xyz_zz"`` or a list of Pauli words such as
            ``["X0", "Z1 Z2"]``.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`Backend`.
        global_scale: Multiply all angles by a learnable :math:`s = e^\rho` first (eq. B1).
        learnable_scales: Train the scales of eq. (8). False leaves them at 1 and makes them no parameters.
        learnable_rotations: Train the angles of the blocks. False leaves them as they were drawn: random features.
        entangler: Where the CZ gates are: ``"rings"`` as in PennyLane's ``StronglyEntanglingLayers``, ``"chain"``,
            ``"none"`` or the range of each block's ring such as ``[1, 2]``.
        init: Initial angles: ``"uniform"`` in [0, 2 pi), ``"near_identity"``, ``"block_identity"`` or an
            :class:`InitialAngles`.
        noise: What befalls the qubits, a :class:`Noise`; None for nothing.

    Attributes:
        rotations: Rot(a, b, g) angles, rad, ``(n_reuploads + 1, n_blocks, n_qubits, 3)``. Rot is PennyLane's,
            RZ(g) RY(b) RZ(a). A buffer without ``learnable_rotations``.
        scales: lambda of eq. (8), ``(n_reuploads, n_qubits)``, 1 at first; a buffer without ``learnable_scales``.
        log_global_scale: rho of eq. (B1), ``()``, 0 at first; None without ``global_scale``.

    Raises:
        SettingError: For a readout or an entangler that the qubits cannot have, an unknown backend, one that has no
            noise, or initial angles that need more layers.

    >>> circuit = ReuploadingCircuit()
    >>> sum(parameter.numel() for parameter in circuit.parameters())
    120
    >>> circuit(torch.zeros(32, 6)).shape
    torch.Size([32, 6])
    """

    rotations: Tensor
    scales: Tensor

    def __init__(
        self,
        n_qubits: Qubits = 6,
        n_reuploads: Layers = 2,
        n_blocks: Layers = 2,
        readout: str | Sequence[str] = "z",
        backend: str | Backend = "statevector",
        global_scale: bool = False,
        learnable_scales: bool = True,
        learnable_rotations: bool = True,
        entangler: str | Sequence[int] = "rings",
        init: str | InitialAngles = "uniform",
        noise: Noise | None = None,
    ) -> None:
        for name, value in (("n_qubits", n_qubits), ("n_reuploads", n_reuploads), ("n_blocks", n_blocks)):
            if value < 1:
                raise SettingError(name, value, "must be at least 1")
        words = parse_readout(readout, n_qubits)
        super().__init__(
            Reuploading(n_qubits, n_reuploads, parse_entangler(entangler, n_qubits, n_blocks)), words, backend, noise
        )
        self.n_reuploads = n_reuploads
        self.n_blocks = n_blocks
        self.init = find_init(init)
        self._hold("rotations", (n_reuploads + 1, n_blocks, n_qubits, 3), learnable_rotations)
        self._hold("scales", (n_reuploads, n_qubits), learnable_scales)
        self.log_global_scale = nn.Parameter(torch.empty(())) if global_scale else None
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        self.rotations.copy_(self.init(*self.rotations.shape))
        self.scales.fill_(1)
        if self.log_global_scale is not None:
            self.log_global_scale.fill_(0)

    def bind(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Scale the angles.

        Args:
            angles: h of eq. (5), rad, ``(batch, n_qubits)``, or one set for each encoding layer,
                ``(batch, n_reuploads, n_qubits)``. Cast to the dtype of the parameters.

        Returns:
            Angles of the encodings, ``(batch, n_reuploads, n_qubits)``, and the rotations.

        Raises:
            ValueError: For angles of another shape.
        """
        check_angles(angles, (self.n_qubits,), (self.n_reuploads, self.n_qubits))
        if angles.dim() == 2:
            angles = angles.unsqueeze(1)
        scales = self.scales if self.log_global_scale is None else self.scales * self.log_global_scale.exp()
        return angles.to(scales.dtype) * scales, self.rotations

    def extra_repr(self) -> str:
        return (
            f"n_qubits={self.n_qubits}, n_reuploads={self.n_reuploads}, n_blocks={self.n_blocks}, "
            f"n_observables={self.n_observables}, backend={type(self.backend).__name__}"
        )


def check_angles(angles: Tensor, *allowed: tuple[int, ...]) -> None:
    """Refuse angles of another shape.

    Args:
        angles: ``(batch, ...)``.
        allowed: Shapes of a sample.

    Raises:
        ValueError: For a shape that is none of them.
    """
    if tuple(angles.shape[1:]) not in allowed:
        expected = " or ".join(f"(batch, {', '.join(map(str, shape))})" for shape in allowed)
        raise ValueError(f"angles have shape {tuple(angles.shape)}; expected {expected}")


def find_backend(backend: str | Backend) -> Backend:
    """The backend of this name, with its defaults, or the backend itself.

    Raises:
        SettingError: For an unknown name.
    """
    if isinstance(backend, Backend):
        return backend
    if backend not in BACKENDS:
        raise SettingError("backend", backend, f"must be one of {', '.join(BACKENDS)}, or a Backend")
    return BACKENDS[backend]()


def under(noise: Noise | None, backend: Backend) -> Backend:
    """A backend that simulates the noise, with the options of the given one.

    Noise takes the state vector of ``statevector`` to a density matrix; PennyLane's is that of ``default.mixed``.

    Raises:
        SettingError: For a backend that has no noise, or noise that cannot be simulated.
    """
    if noise is None:
        return backend
    noise.check()
    if isinstance(backend, StatevectorBackend):
        return DensityMatrixBackend(noise, shots=backend.shots)
    if isinstance(backend, PennyLaneBackend):
        return PennyLaneBackend(
            backend.device, backend.diff_method, backend.shots, backend.device_options, noise, backend.max_circuits,
            backend.zne,
        )  # fmt: skip
    raise SettingError("noise", noise.label, f"{type(backend).__name__} has no noise; must be null")
