"""Circuits of the user's own: from a list of gates, or as a PennyLane quantum function."""

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import (
    Encoding,
    EntanglingGate,
    Gate,
    GateList,
    Rotation,
    number_inputs,
    reuploading_blocks,
)
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.circuit import DescribedCircuit, ExpectationCircuit, check_angles, find_backend
from qinr_lightning.quantum.initial_angles import InitialAngles, find_init
from qinr_lightning.quantum.noise import Noise
from qinr_lightning.quantum.pennylane_backend import PennyLaneBackend, stack_values
from qinr_lightning.quantum.readout import parse_readout
from qinr_lightning.ranges import Layers, PositiveInt, Qubits


class AnsatzCircuit(DescribedCircuit):
    """A circuit from a function that lists its gates; runs on every backend.

    >>> from qinr_lightning.quantum import Gate, Input, Parameter
    >>> def pair(n_qubits):
    ...     yield Gate("RY", (0,), (Input(0),))
    ...     yield Gate("CRX", (0, 1), (Parameter(0),))
    >>> AnsatzCircuit(pair, n_qubits=2)(torch.zeros(32, 2)).shape
    torch.Size([32, 2])

    Args:
        function: Called with ``n_qubits`` and the options, gives the gates in order; or its name,
            ``my_module.my_function``. ``Input(i)`` is the angle of input i, of which there are ``n_qubits``;
            ``Parameter(i)`` is a trained angle.
        n_qubits: Number of qubits, and of inputs.
        readout: ``"z"``, ``"xyz"``, ``"zz"``, ``"z_zz"``, ``"xyz_zz"`` or a list of Pauli words such as
            ``["X0", "Z1 Z2"]``.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`Backend`.
        learnable_scales: Multiply each angle that is an input by a trained number, as eq. (8) does.
        init: Initial angles: ``"uniform"`` in [0, 2 pi), ``"near_identity"`` or an :class:`InitialAngles`.
        options: Further arguments of the function.
        noise: What befalls the qubits, a :class:`Noise`; None for nothing.

    Attributes:
        angles: Trained angles, rad, ``(n_parameters,)``.
        scales: A factor for each angle that is an input, in the order of the gates, ``(n_encoded,)``, 1 at first; a
            buffer without ``learnable_scales``.

    Raises:
        SettingError: For a function that cannot be found, fails or lists what is no circuit of these qubits and inputs,
            a readout that the qubits cannot have, or an unknown backend.
    """

    scales: Tensor
    features: Tensor

    def __init__(
        self,
        function: str | Callable[..., Iterable[Gate]],
        n_qubits: Qubits = 6,
        readout: str | Sequence[str] = "z",
        backend: str | Backend = "statevector",
        learnable_scales: bool = True,
        init: str | InitialAngles = "uniform",
        options: Mapping[str, Any] | None = None,
        noise: Noise | None = None,
    ) -> None:
        gates, features = number_inputs(_list_gates(function, n_qubits, options or {}))
        super().__init__(GateList(n_qubits, gates), parse_readout(readout, n_qubits), backend, noise)
        self.init = find_init(init)
        self.angles = nn.Parameter(torch.empty(self.ansatz.n_parameters))
        self._hold("scales", (len(features),), learnable_scales)
        self.register_buffer("features", torch.tensor(features, dtype=torch.long), persistent=False)
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        self.angles.copy_(self.init(*self.angles.shape))
        self.scales.fill_(1)

    def bind(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Angles, rad, ``(batch, n_qubits)``, to those of the encodings, ``(batch, n_encoded)``, and trained ones."""
        check_angles(angles, (self.n_qubits,))
        return angles.to(self.scales.dtype)[:, self.features] * self.scales, self.angles


class BlockCircuit(AnsatzCircuit):
    """Data re-uploading with blocks of any rotations, entangling gates and encodings.

    ``rotations=["RY", "RZ"], entangling_gate="CZ", entangler="bricks"`` is the hardware-efficient ansatz;
    ``rotations=["Rot"], entangling_gate="CNOT", entangler="rings"`` has PennyLane's ``StronglyEntanglingLayers``.

    Args:
        n_qubits: Number of qubits, and of inputs.
        n_reuploads: Encodings (L); there is one parameter layer more.
        n_blocks: Blocks in a parameter layer (K).
        rotations: What acts on every qubit in a block, with angles of its own.
        entangling_gate: What joins qubits after that.
        entangler: Where the entangling gates are, as in :class:`ReuploadingCircuit`; also ``"bricks"``.
        encoding: The encoding's gate, or ``"alternating"`` for RX, RY, RZ in turn.
        readout: As in :class:`AnsatzCircuit`.
        backend: As in :class:`AnsatzCircuit`.
        learnable_scales: As in :class:`AnsatzCircuit`.
        init: As in :class:`AnsatzCircuit`.
        noise: As in :class:`AnsatzCircuit`.
    """

    def __init__(
        self,
        n_qubits: Qubits = 6,
        n_reuploads: Layers = 2,
        n_blocks: Layers = 2,
        rotations: Sequence[Rotation] = ("RY", "RZ"),
        entangling_gate: EntanglingGate = "CZ",
        entangler: str | Sequence[int] = "bricks",
        encoding: Encoding = "RZ",
        readout: str | Sequence[str] = "z",
        backend: str | Backend = "statevector",
        learnable_scales: bool = True,
        init: str | InitialAngles = "uniform",
        noise: Noise | None = None,
    ) -> None:
        listed = partial(
            reuploading_blocks,
            n_reuploads=n_reuploads,
            n_blocks=n_blocks,
            rotations=rotations,
            entangling_gate=entangling_gate,
            entangler=entangler,
            encoding=encoding,
        )
        super().__init__(listed, n_qubits, readout, backend, learnable_scales, init, noise=noise)
        self.n_reuploads = n_reuploads
        self.n_blocks = n_blocks

    def bind(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Angles in rad to those of the encoding gates, ``(batch, n_encoded)``, and the trained ones.

        Args:
            angles: ``(batch, n_qubits)``, or one set for each encoding, ``(batch, n_reuploads, n_qubits)``.
        """
        if angles.dim() == 2:
            return super().bind(angles)
        check_angles(angles, (self.n_qubits,), (self.n_reuploads, self.n_qubits))
        return angles.to(self.scales.dtype).flatten(1) * self.scales, self.angles


class QNodeCircuit(ExpectationCircuit):
    """A PennyLane quantum function as a circuit; PennyLane runs it.

    Args:
        function: A quantum function of ``inputs``, rad, ``(..., n_qubits)``, and of weights by their names, which
            returns expectation values, one or a list; or its name, ``my_module.my_function``.
        n_qubits: Wires of the device, from 0, and number of inputs.
        weight_shapes: Name and shape of each weight, as in PennyLane's ``TorchLayer``.
        backend: ``"pennylane"`` or a :class:`PennyLaneBackend`.
        init: Initial weights: ``"uniform"`` in [0, 2 pi), ``"near_identity"`` or an :class:`InitialAngles`.

    Attributes:
        weights: The weights by name, rad.

    Raises:
        SettingError: For a function that cannot be found or fails, takes other arguments, returns something else than
            expectation values, treats a batch in another way than its samples, or a backend that is not PennyLane's.
    """

    def __init__(
        self,
        function: str | Callable[..., Any],
        n_qubits: Qubits,
        weight_shapes: Mapping[str, Sequence[PositiveInt]],
        backend: str | Backend = "pennylane",
        init: str | InitialAngles = "uniform",
    ) -> None:
        super().__init__()
        found = find_backend(backend)
        if not isinstance(found, PennyLaneBackend):
            raise SettingError("backend", type(found).__name__, "must be pennylane: PennyLane runs this circuit")
        self.n_qubits = n_qubits
        self.backend = found
        self.function = _find(function)
        self.name = _name(function)
        self.init = find_init(init)
        _check_arguments(self.function, self.name, weight_shapes)
        self.weights = nn.ParameterDict({name: torch.empty(*shape) for name, shape in weight_shapes.items()})
        self.reset_parameters()
        self._script = self._trace()
        self._qnode = found.qnode(self.function, n_qubits)
        if found.is_local:  # Elsewhere a circuit may cost money.
            self._check_batch()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        for weights in self.weights.values():
            weights.copy_(self.init(*weights.shape))

    @property
    def n_observables(self) -> int:
        return len(self._script.measurements)

    @property
    def n_measurement_groups(self) -> int:
        import pennylane as qp

        return len(qp.transforms.split_non_commuting(self._script, grouping_strategy="qwc")[0])

    def draw(self) -> str:
        import pennylane as qp

        drawing: str = qp.drawer.tape_text(self._script, wire_order=range(self.n_qubits), decimals=None)
        return drawing

    def forward(self, angles: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n_qubits)``, to expectation values, ``(batch, n_observables)``."""
        values = self._qnode(angles, **self.weights)
        values = [values] if isinstance(values, Tensor) else values
        dtype = next(iter(self.weights.values())).dtype if self.weights else angles.dtype
        return stack_values(values, len(angles)).to(dtype)

    def _trace(self) -> Any:
        """What the function queues and measures for one sample."""
        import pennylane as qp

        inputs = torch.zeros(self.n_qubits)
        weights = {name: weights.detach() for name, weights in self.weights.items()}
        try:
            script = qp.tape.make_qscript(self.function)(inputs, **weights)
        except Exception as error:
            raise SettingError("function", self.name, f"fails ({_in_a_line(error)})") from error
        if not script.measurements or not all(
            isinstance(measured, qp.measurements.ExpectationMP) for measured in script.measurements
        ):
            raise SettingError("function", self.name, "must return a list of expectation values, qml.expval(...)")
        if not set(script.wires) <= set(range(self.n_qubits)):
            raise SettingError("n_qubits", self.n_qubits, f"{self.name} acts on the wires {script.wires.tolist()}")
        return script

    @torch.no_grad()
    def _check_batch(self) -> None:
        """Refuse a function that does something else with a batch of inputs than with each of them."""
        # Not as many as there are inputs, which would hide the wrong axis.
        n = 2 if self.n_qubits != 2 else 3
        angles = torch.rand(n, self.n_qubits, generator=torch.Generator().manual_seed(0))
        try:
            values, of_first = self(angles), self(angles[:1])
        except Exception as error:
            allowed = f"does not run for a batch of inputs, (batch, n_qubits) ({_in_a_line(error)})"
            raise SettingError("function", self.name, allowed) from error
        same = self.backend.n_shots is not None or torch.allclose(values[:1], of_first, atol=1e-4)
        if values.shape != (n, self.n_observables) or not same:
            allowed = "gives a sample other values in a batch than alone: take inputs[..., i], not inputs[i]"
            raise SettingError("function", self.name, allowed)


def _find(function: str | Callable[..., Any]) -> Callable[..., Any]:
    if not isinstance(function, str):
        return function
    try:
        found = pkgutil.resolve_name(function)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingError(
            "function", function, f"must be a function that can be imported, as my_module.my_function ({error})"
        ) from error
    if not callable(found):
        raise SettingError("function", function, "is no function")
    called: Callable[..., Any] = found
    return called


def _name(function: str | Callable[..., Any]) -> str:
    return function if isinstance(function, str) else getattr(function, "__name__", repr(function))


def _list_gates(function: str | Callable[..., Any], n_qubits: int, options: Mapping[str, Any]) -> tuple[Gate, ...]:
    """The gates that a function lists, once they have been seen to be a circuit."""
    listed, name = _find(function), _name(function)
    try:
        gates = tuple(listed(n_qubits, **options))
        if not all(isinstance(gate, Gate) for gate in gates):
            raise TypeError("it must list gates, such as Gate('RX', (0,), (Input(0),))")
        ansatz = GateList(n_qubits, gates)
        n_inputs = ansatz.n_inputs
    except SettingError:
        raise
    except Exception as error:
        raise SettingError("function", name, f"gives no circuit of {n_qubits} qubits ({_in_a_line(error)})") from error
    if n_inputs > n_qubits:
        raise SettingError("function", name, f"has Input({n_inputs - 1}); the inputs are 0 to {n_qubits - 1}")
    return gates


def _check_arguments(function: Callable[..., Any], name: str, weight_shapes: Mapping[str, Any]) -> None:
    arguments = list(inspect.signature(function).parameters)
    expected = ["inputs", *weight_shapes]
    if sorted(arguments) != sorted(expected):
        raise SettingError(
            "weight_shapes", dict(weight_shapes), f"{name} takes {', '.join(arguments)}, but gets {', '.join(expected)}"
        )


def _in_a_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
