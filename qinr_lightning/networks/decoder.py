"""The QINR decoder (section 3.2), linear layers around a quantum circuit, and its classical counterpart."""

import math
from abc import ABC, abstractmethod

from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.blocks import Activation, BatchNorm1d, linear_layers
from qinr_lightning.networks.sizes import meet, nearest_width
from qinr_lightning.networks.stand_ins import AngleMap, count_trained
from qinr_lightning.ranges import WIDEST, ImageShape, ParameterCount, Width, Widths


class Decoder(nn.Module, ABC):
    """Maps latent vectors to the logits of images; any autoencoder takes any decoder.

    Args:
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
    """

    def __init__(self, latent_dim: int, image_shape: ImageShape) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.image_shape = tuple(image_shape)

    @abstractmethod
    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, latent_dim)`` to logits ``(batch, channels, height, width)``."""

    def circuit_runs(self, n_images: int) -> int:
        """How often a circuit runs at once for a batch of images."""
        return n_images


class QINRDecoder(Decoder):
    """Maps a latent vector to the logits of an image through the circuit's expectation values.

    Args:
        circuit: The data re-uploading circuit, or what stands in its place.
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        hidden_dim: Dimension of v in eq. (4): 256 for the paper's AE, 128 for its VAE.
        head_dims: Outputs of the linear layers before the last, which gives the pixels: the paper has 256 (AE) or 128
            (VAE), then 512.
        head_activation: Activation between the linear layers of the head. The paper names none (null).
        readout_batch_norm: Normalise the expectation values over the batch, before the head; not in the paper.
    """

    def __init__(
        self,
        circuit: AngleMap,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        hidden_dim: Width = 128,
        head_dims: Widths = (128, 512),
        head_activation: Activation | None = None,
        readout_batch_norm: bool = False,
    ) -> None:
        super().__init__(latent_dim, image_shape)
        # Eq. (4). The text puts the normalisation first; the equation and figure 2 put it between the linear layers.
        self.expand = nn.Sequential(nn.Linear(latent_dim, hidden_dim), BatchNorm1d(hidden_dim))
        self.project = nn.Linear(hidden_dim, circuit.n_qubits)
        self.circuit = circuit
        self.normalise = BatchNorm1d(circuit.n_observables) if readout_batch_norm else nn.Identity()
        n_pixels = math.prod(self.image_shape)
        self.head = linear_layers([circuit.n_observables, *head_dims, n_pixels], head_activation)

    def angles(self, z: Tensor) -> Tensor:
        """h of eqs. (4) and (5), rad: ``(batch, latent_dim)`` to ``(batch, n_qubits)``."""
        h: Tensor = self.project(self.expand(z))
        return h

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = self.head(self.normalise(self.circuit(self.angles(z))))
        return logits.view(-1, *self.image_shape)


class LowRankDecoder(QINRDecoder):
    """The QINR decoder with a head of low rank, for comparison with coordinate decoders of its size.

    The head is two linear layers, from the expectation values to ``rank`` numbers to pixels. Each pixel has ``rank``
    weights and a bias of its own, so that fewer parameters than twice the pixels cannot be met (1,568 for 28 x 28), and
    at 2,400 all images lie on a line. The rank is as high as the number of parameters allows with a ``hidden_dim`` of
    at least ``latent_dim``, which then follows.

    Args:
        circuit: The data re-uploading circuit, or what stands in its place.
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        n_parameters: Number of parameters to have, met within 2 %.
        head_activation: Activation between the two layers.
        readout_batch_norm: Normalise the expectation values over the batch, before the head.

    Raises:
        SettingError: Where no rank and width meet ``n_parameters``.
    """

    def __init__(
        self,
        circuit: AngleMap,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount = 2400,
        head_activation: Activation | None = None,
        readout_batch_norm: bool = False,
    ) -> None:
        n_pixels, n_values = math.prod(image_shape), circuit.n_observables
        of_normalisation = 2 * n_values if readout_batch_norm else 0

        def count(hidden_dim: int, rank: int) -> int:
            of_angles = (latent_dim + 3) * hidden_dim + (hidden_dim + 1) * circuit.n_qubits
            of_head = (n_values + 1) * rank + (rank + 1) * n_pixels
            return of_angles + count_trained(circuit) + of_normalisation + of_head

        highest = min(max(1, n_parameters // n_pixels), WIDEST)
        choices = []
        for rank in range(highest, 0, -1):
            dim = nearest_width(n_parameters, count(1, rank), count(2, rank))
            if dim >= latent_dim or rank == 1:
                choices.append(((dim, rank), count(dim, rank)))
        hidden_dim, rank = meet(n_parameters, choices)
        super().__init__(circuit, latent_dim, image_shape, hidden_dim, (rank,), head_activation, readout_batch_norm)


class ClassicalDecoder(Decoder):
    """Three linear layers, the first two with batch normalisation (appendix C).

    The paper gives the kind of layers, their two normalisations and "a similar number of parameters". Here the width
    of the first layer follows from the number of parameters.

    Args:
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        n_parameters: Number of parameters to have, met within 0.1 %: those of the QINR decoder to compare with.
        hidden_dim: Outputs of the second layer.
        activation: Activation after each normalisation. The paper names none (null): then the decoder is affine.

    Raises:
        SettingError: Where no width of the first layer meets ``n_parameters``.
    """

    tolerance = 1e-3

    def __init__(
        self,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount = 471_438,
        hidden_dim: Width = 512,
        activation: Activation | None = None,
    ) -> None:
        super().__init__(latent_dim, image_shape)
        n_pixels = math.prod(self.image_shape)
        # A unit of the first layer has its weights and bias, scale and shift, and its weights in the second layer.
        of_a_unit = latent_dim + 3 + hidden_dim
        of_the_rest = 3 * hidden_dim + (hidden_dim + 1) * n_pixels
        width = max(1, round((n_parameters - of_the_rest) / of_a_unit))
        n_actual = width * of_a_unit + of_the_rest
        if abs(n_actual - n_parameters) > self.tolerance * n_parameters:
            raise SettingError(
                "n_parameters", n_parameters, f"cannot be met within 0.1 %; a first layer of {width} gives {n_actual}"
            )
        dims = [latent_dim, width, hidden_dim, n_pixels]
        self.layers = linear_layers(dims, activation, batch_norm=True)

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = self.layers(z)
        return logits.view(-1, *self.image_shape)
