"""What may stand in the circuit's place of a decoder or generator, and classical layers for it.

The classical ones show what the circuit does there.
"""

from typing import Protocol

import torch
from torch import Tensor, nn

from qinr_lightning.ranges import Qubits, Width


class AngleMap(Protocol):
    """A module for the circuit's place: angles to values, as a circuit gives expectation values.

    The data re-uploading circuit is one, and so are the stand-ins below.
    """

    n_qubits: int
    """Angles that it takes."""

    @property
    def n_observables(self) -> int:
        """Values that it gives."""

    def __call__(self, angles: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n_qubits)``, to values, ``(batch, n_observables)``."""

    def reset_parameters(self) -> None:
        """Draw the initial parameters anew, from PyTorch's global generator."""


def count_trained(circuit: AngleMap) -> int:
    """Number of parameters of what is in the circuit's place."""
    return sum(parameter.numel() for parameter in circuit.parameters()) if isinstance(circuit, nn.Module) else 0


class TanhStandIn(nn.Module):
    """tanh of each input, without parameters: as bounded as an expectation value.

    Args:
        n_qubits: Inputs, and outputs.
    """

    def __init__(self, n_qubits: Qubits = 6) -> None:
        super().__init__()
        self.n_qubits = self.n_observables = n_qubits

    def reset_parameters(self) -> None:
        """There are none."""

    def forward(self, angles: Tensor) -> Tensor:
        return torch.tanh(angles)


class MLPStandIn(nn.Module):
    """Two linear layers, each followed by tanh; with the defaults they have 123 parameters to the circuit's 120.

    Args:
        n_qubits: Inputs.
        n_observables: Outputs.
        hidden_dim: Outputs of the first layer.
    """

    def __init__(
        self,
        n_qubits: Qubits = 6,
        n_observables: Width = 6,
        hidden_dim: Width = 9,
    ) -> None:
        super().__init__()
        self.n_qubits = n_qubits
        self.n_observables = n_observables
        self.layers = nn.Sequential(
            nn.Linear(n_qubits, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, n_observables), nn.Tanh()
        )

    def reset_parameters(self) -> None:
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()

    def forward(self, angles: Tensor) -> Tensor:
        values: Tensor = self.layers(angles)
        return values
