"""The circuit as a PennyLane QNode: the reference, and the way to other simulators, shots, noise and hardware."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.quantum.backend import Backend
from qinr_lightning.quantum.entangler import BlockPairs
from qinr_lightning.quantum.layers import Layers
from qinr_lightning.quantum.pauli import PauliWord, to_pennylane

QNode = Callable[[Tensor, Tensor], list[Tensor]]
"""From encoding angles and rotations to the value of each word."""

DiffMethod = Literal["best", "backprop", "adjoint", "parameter-shift", "finite-diff", "hadamard", "spsa"]


class PennyLaneBackend(Backend):
    """Runs the circuit on a PennyLane device.

    Args:
        device: Name of the device, such as ``default.qubit`` or ``lightning.qubit``.
        diff_method: PennyLane's differentiation method.
        shots: Number of measurements for an estimate of the expectation values; None computes them exactly.
        device_options: Further keyword arguments of the device.

    Raises:
        SettingError: When PennyLane has no such device, or the device does not offer the differentiation method.
    """

    def __init__(
        self,
        device: str = "default.qubit",
        diff_method: DiffMethod = "backprop",
        shots: int | None = None,
        device_options: dict[str, Any] | None = None,
    ) -> None:
        if shots is not None and shots < 1:
            raise SettingError("shots", shots, "must be at least 1, or null for exact expectation values")
        self.device = device
        self.diff_method = diff_method
        self.shots = shots
        self.device_options = device_options or {}
        self._qnodes: dict[tuple[int, BlockPairs, tuple[PauliWord, ...]], QNode] = {}
        self._layered: dict[tuple[int, Layers], Callable[[Tensor, Tensor], Tensor]] = {}
        # Whatever the device or the method refuses, it refuses on one qubit.
        self._make_qnode(1, ((),), ((("Z", 0),),))

    def __call__(self, angles: Tensor, rotations: Tensor, pairs: BlockPairs, words: tuple[PauliWord, ...]) -> Tensor:
        key = (rotations.shape[2], pairs, words)
        if key not in self._qnodes:
            self._qnodes[key] = self._make_qnode(*key)
        values = self._qnodes[key](angles, rotations)
        # Devices without native batching hand back a batch of one as scalars.
        return torch.stack([value.reshape(-1) for value in values], dim=-1).to(rotations.dtype)

    def probabilities(self, angles: Tensor, rotations: Tensor, layers: Layers) -> Tensor:
        n_qubits = rotations.shape[2]
        if (n_qubits, layers) not in self._layered:
            self._layered[n_qubits, layers] = self._make_layered_qnode(n_qubits, layers)
        run = self._layered[n_qubits, layers]
        # One circuit after the other. Devices without native batching drop the batch where it is one sample.
        circuits = [run(angles, angles_of_one).reshape(len(angles), -1) for angles_of_one in rotations]
        return torch.stack(circuits, dim=1).to(rotations.dtype)

    def _make_device(self, n_qubits: int) -> Any:
        import pennylane as qp

        try:
            return qp.device(self.device, wires=n_qubits, **self.device_options)
        except qp.exceptions.DeviceError as error:
            known = ", ".join(sorted(qp.plugin_devices))
            raise SettingError(
                "device", self.device, f"PennyLane has no such device here; installed: {known}"
            ) from error

    def _make_qnode(self, n_qubits: int, pairs: BlockPairs, words: tuple[PauliWord, ...]) -> QNode:
        import pennylane as qp

        observables = [to_pennylane(word) for word in words]

        def circuit(angles: Tensor, rotations: Tensor) -> list[Any]:
            n_reuploads = angles.shape[-2]
            for layer in range(n_reuploads + 1):
                for block, of_block in enumerate(pairs):
                    for wire in range(n_qubits):
                        qp.Rot(*rotations[layer, block, wire], wires=wire)
                    for pair in of_block:
                        qp.CZ(wires=pair)
                if layer < n_reuploads:
                    for wire in range(n_qubits):
                        qp.RZ(angles[..., layer, wire], wires=wire)
            return [qp.expval(observable) for observable in observables]

        return self._runnable(circuit, n_qubits)

    def _make_layered_qnode(self, n_qubits: int, layers: Layers) -> Callable[[Tensor, Tensor], Tensor]:
        import pennylane as qp

        encoding = {"RX": qp.RX, "RY": qp.RY}[layers.encoding]

        def circuit(angles: Tensor, rotations: Tensor) -> Any:
            for wire in range(n_qubits):
                encoding(angles[..., wire], wires=wire)
            for of_layer, cnots in zip(rotations, layers.cnots, strict=True):
                for wire in range(n_qubits):
                    qp.Rot(*of_layer[wire], wires=wire)
                for control, target in cnots:
                    qp.CNOT(wires=[control, target])
            return qp.probs(wires=range(n_qubits))

        return self._runnable(circuit, n_qubits)

    def _runnable(self, circuit: Callable[[Tensor, Tensor], Any], n_qubits: int) -> Callable[[Tensor, Tensor], Any]:
        import pennylane as qp

        try:
            qnode = qp.QNode(circuit, self._make_device(n_qubits), interface="torch", diff_method=self.diff_method)
        except qp.exceptions.QuantumFunctionError as error:
            raise SettingError("diff_method", self.diff_method, f"device {self.device} does not offer it") from error
        if self.diff_method != "backprop":
            # The other methods do not differentiate a circuit that carries a batch.
            qnode = qp.transforms.broadcast_expand(qnode)
        runnable: Callable[[Tensor, Tensor], Any]
        runnable = qnode if self.shots is None else qp.set_shots(qnode, shots=self.shots)
        return runnable
