"""The QINR decoder (section 3.2): linear layers around a data re-uploading circuit."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from annotated_types import Ge, Len
from torch import Tensor, nn

from qinr_lightning.networks.batch_norm import BatchNorm1d
from qinr_lightning.networks.encoder import LEAKY_SLOPE
from qinr_lightning.quantum import ReuploadingCircuit


class QINRDecoder(nn.Module):
    """Maps a latent vector to the logits of an image through the circuit's expectation values.

    Args:
        circuit: The data re-uploading circuit.
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        hidden_dim: Dimension of v in eq. (4): 256 for the paper's AE, 128 for its VAE.
        head_dims: Outputs of the linear layers before the last, which gives the pixels: the paper has 256 (AE) or 128
            (VAE), then 512.
        head_activation: Activation between the linear layers of the head. The paper names none (null).
    """

    def __init__(
        self,
        circuit: ReuploadingCircuit,
        latent_dim: Annotated[int, Ge(1)] = 8,
        image_shape: Annotated[Sequence[int], Len(3, 3)] = (1, 28, 28),
        hidden_dim: Annotated[int, Ge(1)] = 128,
        head_dims: Sequence[Annotated[int, Ge(1)]] = (128, 512),
        head_activation: Literal["leaky_relu"] | None = None,
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.image_shape = tuple(image_shape)
        # Eq. (4). The text puts the normalisation first; the equation and figure 2 put it between the linear layers.
        self.expand = nn.Sequential(nn.Linear(latent_dim, hidden_dim), BatchNorm1d(hidden_dim))
        self.project = nn.Linear(hidden_dim, circuit.n_qubits)
        self.circuit = circuit
        self.head = _head(circuit.n_observables, head_dims, torch.Size(self.image_shape).numel(), head_activation)

    def angles(self, z: Tensor) -> Tensor:
        """h of eqs. (4) and (5), rad: ``(batch, latent_dim)`` to ``(batch, n_qubits)``."""
        h: Tensor = self.project(self.expand(z))
        return h

    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, latent_dim)`` to logits ``(batch, channels, height, width)``."""
        logits: Tensor = self.head(self.circuit(self.angles(z)))
        return logits.view(-1, *self.image_shape)


def _head(n_in: int, dims: Sequence[int], n_out: int, activation: str | None) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in dims:
        layers.append(nn.Linear(n_in, width))
        if activation == "leaky_relu":
            layers.append(nn.LeakyReLU(LEAKY_SLOPE))
        n_in = width
    return nn.Sequential(*layers, nn.Linear(n_in, n_out))
