"""Circuits as PennyLane QNodes: the reference, and the way to other simulators, shots, noise and hardware."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import Angle, Ansatz, Input, Parameter
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.mitigation import check_scale_factors, extrapolated, noisy_device
from qinr_lightning.quantum.noise import Noise, queue_channels
from qinr_lightning.quantum.readout import PauliWord, measurement_groups, to_pennylane
from qinr_lightning.ranges import PositiveInt

# Not "hadamard", which takes a wire more than the circuit has.
DiffMethod = Literal["best", "backprop", "adjoint", "parameter-shift", "finite-diff", "spsa"]

OF_PENNYLANE = ("default.", "lightning.", "null.", "reference.")
LOCAL = {
    "qiskit.aer", "qiskit.basicsim", "cirq.simulator", "cirq.mixedsimulator", "qulacs.simulator", "braket.local.qubit"
}  # fmt: skip
"""Simulators on this machine, by the beginnings of their names and by their names; any other device may cost money."""


class Results(Protocol):
    """Where measured expectation values are kept, so that they are not paid for twice."""

    def __getitem__(self, key: str, /) -> Sequence[float]: ...

    def __contains__(self, key: object, /) -> bool: ...

    def add(self, measured: Mapping[str, Sequence[float]]) -> None:
        """Keep them, so that they are there after whatever ends the process."""


class PennyLaneBackend(Backend):
    """Runs circuits on a PennyLane device.

    Args:
        device: Name of the device, such as ``default.qubit`` or ``lightning.qubit``.
        diff_method: PennyLane's differentiation method; ``best`` is backprop on PennyLane's own simulators,
            parameter-shift with shots, and elsewhere what PennyLane takes to be the best.
        shots: Number of measurements for an estimate of the expectation values; None computes them exactly.
        device_options: Further keyword arguments of the device.
        noise: What befalls the qubits; None for nothing.
        max_circuits: Most circuits that are sent to the device at a time, where no gradient is wanted; None sends all
            of a batch.
        zne: Zero-noise extrapolation, where no gradient is wanted: of each circuit one with so many times the gates is
            run for each of these odd numbers, ``[1, 3, 5]``, and the values are extrapolated to 0. None takes them as
            they are.

    Attributes:
        results: Where expectation values are kept that were measured without a gradient; None keeps none.

    Raises:
        SettingError: When PennyLane has no such device, the device does not offer the differentiation method, also
            with shots, it has no noise channels, or it cannot be opened with its options; for other numbers of ``zne``,
            or with a noise that is not of gates.
    """

    results: Results | None = None

    def __init__(
        self,
        device: str = "default.qubit",
        diff_method: DiffMethod = "best",
        shots: PositiveInt | None = None,
        device_options: dict[str, Any] | None = None,
        noise: Noise | None = None,
        max_circuits: PositiveInt | None = None,
        zne: Sequence[PositiveInt] | None = None,
    ) -> None:
        if diff_method == "best" and (shots is not None or device in ("default.qubit", "default.mixed")):
            diff_method = "backprop" if shots is None else "parameter-shift"
        if noise is not None and device != "default.mixed":
            raise SettingError("noise", noise.label, f"device {device} has no noise channels; default.mixed has")
        if noise is not None and noise.readout_error and shots is not None:
            raise SettingError("shots", shots, "must be null: PennyLane has readout errors of exact values alone")
        if shots is not None and shots < 1:
            raise SettingError("shots", shots, "must be at least 1, or null for exact expectation values")
        if shots is not None and diff_method in ("backprop", "adjoint"):
            raise SettingError(
                "shots", shots, f"must be null for diff_method={diff_method}; parameter-shift takes shots"
            )
        self.device = device
        self.diff_method = diff_method
        self.shots = shots
        self.device_options = device_options or {}
        self.noise = noise
        self.max_circuits = max_circuits
        if zne is not None:
            check_scale_factors(zne)
        self.zne = None if zne is None else tuple(zne)
        self._devices: dict[int, Any] = {}
        self._qnodes: dict[tuple[Ansatz, tuple[PauliWord, ...] | None, bool], Callable[..., Any]] = {}
        # Whatever the device or the method refuses, it refuses on one qubit.
        self.qnode(lambda inputs: to_pennylane((("Z", 0),)), 1)

    def __getstate__(self) -> dict[str, Any]:
        # What is open stays with this process.
        return self.__dict__ | {"_devices": {}, "_qnodes": {}}

    @property
    def label(self) -> str:
        noise = [] if self.noise is None else [self.noise.label]
        shots = [] if self.shots is None else [f"shots_{self.shots}"]
        mitigation = [] if self.zne is None else [f"zne_{'_'.join(map(str, self.zne))}"]
        options = [f"{name}_{value}" for name, value in sorted(self.device_options.items()) if _is_plain(value)]
        device = re.sub(r"[^\w.+-]", "-", "_".join([self.device, *options]))
        return "/".join([*noise, device, *shots, *mitigation])

    @property
    def n_shots(self) -> int | None:
        return self.shots

    @property
    def circuits_for_one(self) -> int:
        return 1 if self.zne is None else len(self.zne)

    @property
    def is_local(self) -> bool:
        """Whether the device is known to be on this machine, where nothing is paid for."""
        return self.device.startswith(OF_PENNYLANE) or self.device in LOCAL

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        wants_gradient = torch.is_grad_enabled() and (inputs.requires_grad or parameters.requires_grad)
        if wants_gradient and self.zne is not None:
            raise NotImplementedError("PennyLaneBackend(zne=...) has no gradient")
        if self.zne is not None or (not wants_gradient and (self.results is not None or self.max_circuits is not None)):
            return self._measure(ansatz, inputs.flatten(1), parameters.flatten(), words)
        values = self._qnode(ansatz, words)(inputs.flatten(1), parameters.flatten())
        return self._as_read(stack_values(values, len(inputs)).to(parameters.dtype), words)

    def missing(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> set[str]:
        """The circuits that :meth:`expectations` would send, by the keys under which their results are kept.

        One for each sample and measurement group whose result is not kept.
        """
        groups = self._groups(ansatz, words)
        keys = (self._keys(ansatz, inputs.flatten(1), parameters.flatten(), of_group) for _, of_group in groups)
        return {key for of_group in keys for key in self._missing(of_group)}

    def _measure(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        """One measurement group after the other, as many circuits at a time as the device takes."""
        found: dict[str, list[float]] = {}
        measured = parameters.new_empty(len(inputs), len(words))
        for positions, of_group in self._groups(ansatz, words):
            run = self._qnode(ansatz, of_group, with_gradient=False)
            keys = self._keys(ansatz, inputs, parameters, of_group)
            missing = self._missing(keys)
            names, samples = list(missing), list(missing.values())
            at_a_time = self.max_circuits or max(1, len(missing))
            for first in range(0, len(missing), at_a_time):
                part = samples[first : first + at_a_time]
                values: list[list[float]] = stack_values(run(inputs[part], parameters), len(part)).tolist()
                new = dict(zip(names[first : first + at_a_time], values, strict=True))
                if self.results is not None:
                    self.results.add(new)
                found |= new
            if self.results is not None:
                found = {key: list(self.results[key]) for key in keys}
            measured[:, list(positions)] = measured.new_tensor([found[key] for key in keys])
        return self._as_read(measured, words)

    def _as_read(self, values: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        """What readout errors leave of expectation values."""
        # PennyLane's own readout error flips bits before a measurement of X, which changes nothing.
        return values if self.noise is None else values * values.new_tensor([self.noise.read(word) for word in words])

    @staticmethod
    def _groups(ansatz: Ansatz, words: tuple[PauliWord, ...]) -> list[tuple[tuple[int, ...], tuple[PauliWord, ...]]]:
        # Each in one circuit: what PennyLane makes of words of several groups differs from device to device.
        groups = measurement_groups(words, ansatz.n_qubits)
        return [(group.words, tuple(words[position] for position in group.words)) for group in groups]

    def _keys(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> list[str]:
        """A name for each sample's circuit, the same wherever device, shots, gates, angles and observables are."""
        options = sorted(self.device_options.items())
        noise = None if self.noise is None else self.noise.facts()
        measured = (self.device, options, self.shots, noise, self.zne, ansatz.gates, words)
        circuit = hashlib.sha256(repr(measured).encode())
        circuit.update(parameters.detach().cpu().numpy().tobytes())
        keys = []
        for sample in inputs.detach().cpu().numpy():
            of_sample = circuit.copy()
            of_sample.update(sample.tobytes())
            keys.append(of_sample.hexdigest())
        return keys

    def _missing(self, keys: list[str]) -> dict[str, int]:
        """Keys without a result, each with the first sample that has it: equal circuits are measured once."""
        missing: dict[str, int] = {}
        for index, key in enumerate(keys):
            if self.results is None or key not in self.results:
                missing.setdefault(key, index)
        return missing

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        if self.noise is not None and self.noise.readout_error:
            raise NotImplementedError("PennyLaneBackend has readout errors of expectation values alone")
        if self.zne is not None:
            raise NotImplementedError("PennyLaneBackend extrapolates expectation values alone")
        run = self._qnode(ansatz, None)
        # One circuit after the other. Devices without native batching drop the batch where it is one sample.
        circuits = [run(inputs.flatten(1), of_one).reshape(len(inputs), -1) for of_one in parameters.flatten(1)]
        return torch.stack(circuits, dim=1).to(parameters.dtype)

    def bytes_needed(self, ansatz: Ansatz, batch: int) -> int:
        if self.device == "default.mixed":
            return 8 * batch * int(4**ansatz.n_qubits)
        if self.device != "default.qubit":
            return 0
        # Backpropagation keeps a state after every gate; the other methods run a sample at a time.
        states = batch * len(ansatz.gates) if self.diff_method in ("best", "backprop") else 1
        return 8 * states * int(2**ansatz.n_qubits)

    def _qnode(
        self, ansatz: Ansatz, words: tuple[PauliWord, ...] | None, with_gradient: bool = True
    ) -> Callable[..., Any]:
        key = (ansatz, words, with_gradient)
        if key not in self._qnodes:
            # What is to be folded has no channels: they are on the device.
            function = quantum_function(ansatz, words, None if self.zne is not None else self.noise)
            self._qnodes[key] = self.qnode(function, ansatz.n_qubits, with_gradient)
        return self._qnodes[key]

    def qnode(self, function: Callable[..., Any], n_qubits: int, with_gradient: bool = True) -> Callable[..., Any]:
        """A quantum function on this backend's device, with its differentiation method and shots.

        Args:
            function: Takes a batch of inputs as its first argument, queues gates and returns measurements.
            n_qubits: Wires of the device, from 0.
            with_gradient: Whether it has to be differentiable.

        Raises:
            SettingError: When PennyLane has no such device, it cannot be opened, or it does not offer the
                differentiation method.
        """
        import pennylane as qp

        device = self._open_device(n_qubits)
        diff_method = self.diff_method if with_gradient else None
        try:
            qnode = qp.QNode(function, device, interface="torch", diff_method=diff_method)
        except qp.exceptions.QuantumFunctionError as error:
            raise SettingError("diff_method", self.diff_method, f"device {self.device} does not offer it") from error
        if with_gradient and (diff_method != "backprop" or self.device == "default.mixed"):
            # The other methods do not differentiate a circuit that carries a batch. default.mixed of PennyLane 0.45
            # gives wrong gradients of some, such as U3 with an input among its angles after gates without one.
            qnode = qp.transforms.broadcast_expand(qnode)
        runnable: Callable[..., Any]
        runnable = qnode if self.shots is None else qp.set_shots(qnode, shots=self.shots)
        return runnable if self.zne is None else extrapolated(runnable, self.zne)

    def _open_device(self, n_qubits: int) -> Any:
        """The device, opened once: with a seed, what is measured next is drawn with what comes next, not the same."""
        import pennylane as qp

        if n_qubits in self._devices:
            return self._devices[n_qubits]
        try:
            device = qp.device(self.device, wires=n_qubits, **self.device_options)
        except qp.exceptions.DeviceError as error:
            known = ", ".join(sorted(qp.plugin_devices))
            raise SettingError(
                "device", self.device, f"PennyLane has no such device here; installed: {known}"
            ) from error
        except Exception as error:
            # Anything may be wrong with a plugin, its options and where it connects to.
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise SettingError("device", self.device, f"cannot be opened with its options ({reason})") from error
        if self.zne is not None and self.noise is not None:
            device = noisy_device(device, self.noise)
        self._devices[n_qubits] = device
        return device


def quantum_function(
    ansatz: Ansatz, words: tuple[PauliWord, ...] | None, noise: Noise | None = None
) -> Callable[[Any, Any], Any]:
    """A circuit as a PennyLane quantum function, for a QNode of any device.

    Args:
        ansatz: The gates.
        words: The observables; None measures the probabilities of all basis states.
        noise: What befalls the qubits, readout errors left out; None for nothing.

    Returns:
        A function of inputs, rad, ``(..., n_inputs)``, and parameters, rad, ``(n_parameters,)``.
    """
    import pennylane as qp

    def circuit(inputs: Any, parameters: Any) -> Any:
        def value(angle: Angle) -> Any:
            if isinstance(angle, Input):
                return inputs[..., angle.index]
            if isinstance(angle, Parameter):
                return parameters[angle.index]
            # PennyLane mixes no numbers with tensors.
            return parameters.new_tensor(angle) if isinstance(parameters, Tensor) else angle

        def values(angles: tuple[Angle, ...]) -> list[Any]:
            found = [value(angle) for angle in angles]
            if len(angles) > 1 and any(isinstance(angle, Input) for angle in angles):
                # PennyLane wants all angles of a gate to have the batch, or none.
                found = [angle * qp.math.ones_like(inputs[..., 0]) for angle in found]
            return found

        for gate in ansatz.gates:
            getattr(qp, gate.name)(*values(gate.angles), wires=gate.wires)
            if noise is not None:
                queue_channels(gate.wires, noise.after_gate(len(gate.wires)))
        if noise is not None:
            queue_channels(range(ansatz.n_qubits), noise.before_measurement())
        if words is None:
            return qp.probs(wires=range(ansatz.n_qubits))
        return [qp.expval(to_pennylane(word)) for word in words]

    return circuit


def _is_plain(value: object) -> bool:
    """Whether a device's option can stand in the name of a metric; what is longer may be a secret."""
    return isinstance(value, str | int | float) and len(str(value)) <= 32


def draw(ansatz: Ansatz, words: tuple[PauliWord, ...]) -> str:
    """A circuit as text, without the values of its angles."""
    import pennylane as qp

    zeros = torch.zeros(ansatz.n_inputs), torch.zeros(ansatz.n_parameters)
    drawing: str = qp.draw(quantum_function(ansatz, words), decimals=None, wire_order=range(ansatz.n_qubits))(*zeros)
    return drawing


def stack_values(values: list[Tensor], batch: int) -> Tensor:
    """A QNode's expectation values, one tensor each, as ``(batch, n_values)``.

    Devices without native batching hand back a batch of one as scalars, and so does a value that no input reaches.
    """
    return torch.stack([value.reshape(-1).expand(batch) for value in values], dim=-1)
