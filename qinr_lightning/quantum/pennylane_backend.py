"""Circuits as PennyLane QNodes: the reference, and the way to other simulators, shots, noise and hardware."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.ansatz import Angle, Ansatz, Input, Parameter
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.noise import Channel, Noise
from qinr_lightning.quantum.readout import PauliWord, to_pennylane
from qinr_lightning.ranges import PositiveInt

DiffMethod = Literal["best", "backprop", "adjoint", "parameter-shift", "finite-diff", "hadamard", "spsa"]


class PennyLaneBackend(Backend):
    """Runs circuits on a PennyLane device.

    Args:
        device: Name of the device, such as ``default.qubit`` or ``lightning.qubit``.
        diff_method: PennyLane's differentiation method; ``best`` is backprop on PennyLane's own simulators,
            parameter-shift with shots, and elsewhere what PennyLane takes to be the best.
        shots: Number of measurements for an estimate of the expectation values; None computes them exactly.
        device_options: Further keyword arguments of the device.
        noise: What befalls the qubits; None for nothing.

    Raises:
        SettingError: When PennyLane has no such device, the device does not offer the differentiation method, also
            with shots, or it has no noise channels.
    """

    def __init__(
        self,
        device: str = "default.qubit",
        diff_method: DiffMethod = "best",
        shots: PositiveInt | None = None,
        device_options: dict[str, Any] | None = None,
        noise: Noise | None = None,
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
        self._qnodes: dict[tuple[Ansatz, tuple[PauliWord, ...] | None], Callable[..., Any]] = {}
        # Whatever the device or the method refuses, it refuses on one qubit.
        self.qnode(lambda inputs: to_pennylane((("Z", 0),)), 1)

    @property
    def label(self) -> str:
        noise = [] if self.noise is None else [self.noise.label]
        shots = [] if self.shots is None else [f"shots_{self.shots}"]
        return "/".join([*noise, self.device, *shots])

    def expectations(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor, words: tuple[PauliWord, ...]) -> Tensor:
        values = self._qnode(ansatz, words)(inputs.flatten(1), parameters.flatten())
        stacked = stack_values(values, len(inputs)).to(parameters.dtype)
        # PennyLane's own readout error flips bits before a measurement of X, which changes nothing.
        return (
            stacked if self.noise is None else stacked * stacked.new_tensor([self.noise.read(word) for word in words])
        )

    def probabilities(self, ansatz: Ansatz, inputs: Tensor, parameters: Tensor) -> Tensor:
        if self.noise is not None and self.noise.readout_error:
            raise NotImplementedError("PennyLaneBackend has readout errors of expectation values alone")
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

    def _qnode(self, ansatz: Ansatz, words: tuple[PauliWord, ...] | None) -> Callable[..., Any]:
        key = (ansatz, words)
        if key not in self._qnodes:
            self._qnodes[key] = self.qnode(quantum_function(ansatz, words, self.noise), ansatz.n_qubits)
        return self._qnodes[key]

    def qnode(self, function: Callable[..., Any], n_qubits: int) -> Callable[..., Any]:
        """A quantum function on this backend's device, with its differentiation method and shots.

        Args:
            function: Takes a batch of inputs as its first argument, queues gates and returns measurements.
            n_qubits: Wires of the device, from 0.

        Raises:
            SettingError: When PennyLane has no such device, or the device does not offer the differentiation method.
        """
        import pennylane as qp

        try:
            device = qp.device(self.device, wires=n_qubits, **self.device_options)
        except qp.exceptions.DeviceError as error:
            known = ", ".join(sorted(qp.plugin_devices))
            raise SettingError(
                "device", self.device, f"PennyLane has no such device here; installed: {known}"
            ) from error
        try:
            qnode = qp.QNode(function, device, interface="torch", diff_method=self.diff_method)
        except qp.exceptions.QuantumFunctionError as error:
            raise SettingError("diff_method", self.diff_method, f"device {self.device} does not offer it") from error
        if self.diff_method != "backprop" or self.device == "default.mixed":
            # The other methods do not differentiate a circuit that carries a batch. default.mixed of PennyLane 0.45
            # gives wrong gradients of some, such as U3 with an input among its angles after gates without one.
            qnode = qp.transforms.broadcast_expand(qnode)
        runnable: Callable[..., Any]
        runnable = qnode if self.shots is None else qp.set_shots(qnode, shots=self.shots)
        return runnable


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

        def befall(wires: Iterable[int], channels: tuple[Channel, ...]) -> None:
            for wire in wires:
                for channel in channels:
                    getattr(qp, channel.name)(channel.strength, wires=wire)

        for gate in ansatz.gates:
            getattr(qp, gate.name)(*values(gate.angles), wires=gate.wires)
            if noise is not None:
                befall(gate.wires, noise.after_gate(len(gate.wires)))
        if noise is not None:
            befall(range(ansatz.n_qubits), noise.before_measurement())
        if words is None:
            return qp.probs(wires=range(ansatz.n_qubits))
        return [qp.expval(to_pennylane(word)) for word in words]

    return circuit


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
