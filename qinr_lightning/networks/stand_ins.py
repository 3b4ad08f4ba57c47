"""Classical layers for the circuit's place in the decoder, to see what the circuit does there.

They have the interface of the circuit: ``(batch, n_qubits)`` to ``(batch, n_observables)``.
"""

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn


class TanhStandIn(nn.Module):
    """tanh of each input, without parameters: as bounded as an expectation value.

    Args:
        n_qubits: Inputs, and outputs.
    """

    def __init__(self, n_qubits: Annotated[int, Ge(1)] = 6) -> None:
        super().__init__()
        self.n_qubits = self.n_observables = n_qubits

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
        n_qubits: Annotated[int, Ge(1)] = 6,
        n_observables: Annotated[int, Ge(1)] = 6,
        hidden_dim: Annotated[int, Ge(1)] = 9,
    ) -> None:
        super().__init__()
        self.n_qubits = n_qubits
        self.n_observables = n_observables
        self.layers = nn.Sequential(
            nn.Linear(n_qubits, hidden_dim), nn.Tanh(), nn.Linear(hidden_dim, n_observables), nn.Tanh()
        )

    def forward(self, angles: Tensor) -> Tensor:
        values: Tensor = self.layers(angles)
        return values
