"""What gives a coordinate decoder its features: a quantum circuit, or one of four classical networks of its size."""

import math
from abc import abstractmethod
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor, nn
from torch.nn import functional as F

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.blocks import LEAKY_SLOPE
from qinr_lightning.networks.coordinate import CoordinateDecoder, PixelsPerStep, Warp
from qinr_lightning.networks.sizes import meet, pairs_of_widths
from qinr_lightning.networks.stand_ins import AngleMap, count_trained
from qinr_lightning.quantum import BlockCircuit, QuantumCircuit, ReuploadingCircuit
from qinr_lightning.ranges import ImageShape, ParameterCount, PositiveFloat, PositiveInt, Width

Octaves = Annotated[int, Ge(0), Le(8)]
Depth = Annotated[int, Ge(1), Le(16)]


class CoordinateCircuit(CoordinateDecoder):
    r"""A quantum circuit at every coordinate.

    The angles of re-upload l are :math:`h_l = \omega_p (A_l \gamma(p) + a_l) + \omega_z B_l e(z)`, rad, for a circuit
    that takes a set of them for each; any other gets one set. The features are its expectation values. Several small
    circuits in place of one have the same trained angles, and inputs of their own.

    Args:
        circuit: The circuit, or what stands in its place.
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder, met within 2 % by what is not given of the embedding's width and the number of
            circuits, with as many angles as the embedding is wide as far as that can be; None where both are given.
        embedding_dim: Dimension of e(z); None where it follows from ``n_parameters``.
        n_circuits: Times that the circuit runs at a coordinate; None where it follows from ``n_parameters``.
        omega_p: Factor of the coordinate's part of the angles: how fast they change, as omega_0 does for SIREN.
        omega_z: Of the latent vector's part. It leaves the initial angles as they are and multiplies their rate.
        n_octaves: Frequencies of gamma(p).
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, that a step of training decodes; None for all.

    Raises:
        SettingError: Where nothing meets ``n_parameters``, or for more pixels a step than there are.
    """

    def __init__(
        self,
        circuit: AngleMap,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount | None = 1750,
        embedding_dim: Width | None = None,
        n_circuits: PositiveInt | None = 1,
        omega_p: PositiveFloat = 4.0,
        omega_z: PositiveFloat = 4.0,
        n_octaves: Octaves = 3,
        warp: Warp = "affine",
        pixels_per_step: PixelsPerStep | None = 0.25,
    ) -> None:
        super().__init__(latent_dim, image_shape, n_octaves, warp, pixels_per_step)
        n_sets = circuit.n_reuploads if isinstance(circuit, ReuploadingCircuit | BlockCircuit) else 1
        n_angles, of_circuit = n_sets * circuit.n_qubits, count_trained(circuit)

        def count(dim: int, times: int) -> int:
            of_angles = (self.n_gamma + 1 + dim) * times * n_angles
            return self.n_shared_parameters(dim, times * circuit.n_observables) + of_angles + of_circuit

        _check_one_is_given(n_parameters, embedding_dim=embedding_dim, n_circuits=n_circuits)
        if embedding_dim is None or n_circuits is None:
            assert n_parameters is not None
            pairs = pairs_of_widths(n_parameters, count, embedding_dim, n_circuits, n_angles)
            embedding_dim, n_circuits = meet(n_parameters, pairs)
        self.build(embedding_dim, n_circuits * circuit.n_observables)
        self.angle_shape = (n_sets, circuit.n_qubits) if n_sets > 1 else (circuit.n_qubits,)
        self.n_circuits, self.omega_p, self.omega_z = n_circuits, omega_p, omega_z
        self.of_coordinate = nn.Linear(self.n_gamma, n_circuits * n_angles)
        self.of_latent = nn.Linear(embedding_dim, n_circuits * n_angles, bias=False)
        nn.init.uniform_(self.of_coordinate.weight, -1 / self.n_gamma, 1 / self.n_gamma)
        with torch.no_grad():
            self.of_latent.weight /= omega_z
        self.circuit = circuit

    def bytes_at_a_coordinate(self) -> int:
        return self.circuit.bytes_needed(self.n_circuits) if isinstance(self.circuit, QuantumCircuit) else 0

    def angles(self, gamma: Tensor, e: Tensor) -> Tensor:
        """Angles in rad, ``(batch, n, n_circuits, *angle_shape)``, of features of coordinates and embeddings."""
        h: Tensor = self.omega_p * self.of_coordinate(gamma) + self.omega_z * self.of_latent(e)[:, None]
        return h.view(*h.shape[:2], self.n_circuits, *self.angle_shape)

    def features(self, p: Tensor, gamma: Tensor, e: Tensor) -> Tensor:
        values = self.circuit(self.angles(gamma, e).flatten(0, 2))
        return values.reshape(*gamma.shape[:2], -1)


class ClassicalField(CoordinateDecoder):
    """A classical network at every coordinate, with as many parameters as a decoder with a circuit.

    Args:
        latent_dim: d_z, dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder, met within 2 % by the widths that are not given, alike as far as they can be; None
            where both are given.
        embedding_dim: Dimension of e(z); None where it follows from ``n_parameters``.
        width: Units of a layer, also the features at a coordinate; None where it follows from ``n_parameters``.
        depth: Layers of the network.
        n_octaves: Frequencies of gamma(p).
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, that a step of training decodes; None for all.

    Raises:
        SettingError: Where no widths meet ``n_parameters``, or for more pixels a step than there are.
    """

    def __init__(
        self,
        latent_dim: int,
        image_shape: ImageShape,
        n_parameters: int | None,
        embedding_dim: int | None,
        width: int | None,
        depth: int,
        n_octaves: int,
        warp: Warp,
        pixels_per_step: PixelsPerStep | None,
    ) -> None:
        super().__init__(latent_dim, image_shape, n_octaves, warp, pixels_per_step)
        self.depth = depth

        def count(dim: int, units: int) -> int:
            return self.n_shared_parameters(dim, units) + self.n_field_parameters(dim, units)

        _check_one_is_given(n_parameters, embedding_dim=embedding_dim, width=width)
        if embedding_dim is None or width is None:
            assert n_parameters is not None
            embedding_dim, width = meet(n_parameters, pairs_of_widths(n_parameters, count, embedding_dim, width))
        self.width = width
        self.build(embedding_dim, width)

    @abstractmethod
    def n_field_parameters(self, embedding_dim: int, width: int) -> int:
        """Parameters of the network alone."""


class CoordinateMLP(ClassicalField):
    """Linear layers with leaky ReLU at every coordinate; the embedding shifts what goes into each activation.

    Args:
        latent_dim: See :class:`ClassicalField`, as for all without a word here.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder.
        embedding_dim: Dimension of e(z).
        width: Units of a layer.
        depth: Layers.
        n_octaves: Frequencies of gamma(p).
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, of a step of training.
    """

    omega_0 = 1.0
    """Factor in front of the first layer."""

    def __init__(
        self,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount | None = 1750,
        embedding_dim: Width | None = None,
        width: Width | None = None,
        depth: Depth = 2,
        n_octaves: Octaves = 3,
        warp: Warp = "affine",
        pixels_per_step: PixelsPerStep | None = 0.25,
    ) -> None:
        super().__init__(
            latent_dim, image_shape, n_parameters, embedding_dim, width, depth, n_octaves, warp, pixels_per_step
        )
        self.of_coordinate = nn.Linear(self.n_gamma, self.width)
        self.of_latent = nn.Linear(self.embedding_dim, depth * self.width, bias=False)
        self.layers = nn.ModuleList(nn.Linear(self.width, self.width) for _ in range(depth - 1))

    def n_field_parameters(self, embedding_dim: int, width: int) -> int:
        of_shifts = embedding_dim * self.depth * width
        return (self.n_gamma + 1) * width + of_shifts + (self.depth - 1) * (width + 1) * width

    def activation(self, x: Tensor) -> Tensor:
        return F.leaky_relu(x, LEAKY_SLOPE)

    def features(self, p: Tensor, gamma: Tensor, e: Tensor) -> Tensor:
        first, *others = self.of_latent(e)[:, None].chunk(self.depth, -1)
        x = self.activation(self.omega_0 * self.of_coordinate(gamma) + first)
        for layer, shift in zip(self.layers, others, strict=True):
            x = self.activation(layer(x) + shift)
        return x


class CoordinateSIREN(CoordinateMLP):
    """Sines of linear layers at every coordinate (Sitzmann et al., SIREN), each shifted by the embedding.

    Args:
        latent_dim: See :class:`ClassicalField`, as for all without a word here.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder.
        embedding_dim: Dimension of e(z).
        width: Units of a layer.
        depth: Layers.
        omega_0: Factor in front of the first layer's sines, rad: how fast they change with the coordinate.
        n_octaves: Frequencies of gamma(p).
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, of a step of training.
    """

    def __init__(
        self,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount | None = 1750,
        embedding_dim: Width | None = None,
        width: Width | None = None,
        depth: Depth = 2,
        omega_0: PositiveFloat = 10.0,
        n_octaves: Octaves = 3,
        warp: Warp = "affine",
        pixels_per_step: PixelsPerStep | None = 0.25,
    ) -> None:
        super().__init__(
            latent_dim, image_shape, n_parameters, embedding_dim, width, depth, n_octaves, warp, pixels_per_step
        )
        self.omega_0 = omega_0
        nn.init.uniform_(self.of_coordinate.weight, -1 / self.n_gamma, 1 / self.n_gamma)
        bound = math.sqrt(6 / self.width)
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.uniform_(layer.weight, -bound, bound)

    def activation(self, x: Tensor) -> Tensor:
        return torch.sin(x)


class CoordinateMFN(ClassicalField):
    """A multiplicative filter network (Fathony et al.) at every coordinate: products of sines and linear layers.

    The nearest classical relative of a re-uploading circuit, whose expectation values are sums of such products. The
    embedding shifts the sines.

    Args:
        latent_dim: See :class:`ClassicalField`, as for all without a word here.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder.
        embedding_dim: Dimension of e(z).
        width: Units of a layer.
        depth: Filters; there is one linear layer less.
        omega_0: Factor of the filters' initial weights, rad.
        n_octaves: Frequencies of gamma(p).
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, of a step of training.
    """

    def __init__(
        self,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount | None = 1750,
        embedding_dim: Width | None = None,
        width: Width | None = None,
        depth: Depth = 3,
        omega_0: PositiveFloat = 3.0,
        n_octaves: Octaves = 3,
        warp: Warp = "affine",
        pixels_per_step: PixelsPerStep | None = 0.25,
    ) -> None:
        super().__init__(
            latent_dim, image_shape, n_parameters, embedding_dim, width, depth, n_octaves, warp, pixels_per_step
        )
        self.of_coordinate = nn.Linear(self.n_gamma, depth * self.width)
        self.of_latent = nn.Linear(self.embedding_dim, depth * self.width, bias=False)
        self.layers = nn.ModuleList(nn.Linear(self.width, self.width) for _ in range(depth - 1))
        with torch.no_grad():
            self.of_coordinate.weight *= omega_0
        nn.init.uniform_(self.of_coordinate.bias, -math.pi, math.pi)

    def n_field_parameters(self, embedding_dim: int, width: int) -> int:
        of_filters = (self.n_gamma + 1 + embedding_dim) * self.depth * width
        return of_filters + (self.depth - 1) * (width + 1) * width

    def features(self, p: Tensor, gamma: Tensor, e: Tensor) -> Tensor:
        filters = torch.sin(self.of_coordinate(gamma) + self.of_latent(e)[:, None])
        x, *others = filters.chunk(self.depth, -1)
        for layer, factor in zip(self.layers, others, strict=True):
            x = layer(x) * factor
        return x


class CoordinateRFF(ClassicalField):
    """Random Fourier features (Rahimi and Recht; Tancik et al.) of every coordinate, and nothing but a linear map.

    Sines of ``width`` frequencies and phases that are drawn once and not trained; the embedding shifts them.

    Args:
        latent_dim: See :class:`ClassicalField`, as for all without a word here.
        image_shape: ``(channels, height, width)``.
        n_parameters: Of the decoder.
        embedding_dim: Dimension of e(z).
        width: Frequencies.
        omega_0: Standard deviation of the frequencies, rad on a coordinate in [-1, 1].
        n_octaves: Frequencies of gamma(p), which the bias alone takes.
        warp: ``"affine"`` or ``"none"``.
        pixels_per_step: Pixels, or their share, of a step of training.

    Attributes:
        frequencies: ``(2, width)``, rad.
        phases: ``(width,)``, rad.
    """

    frequencies: Tensor
    phases: Tensor

    def __init__(
        self,
        latent_dim: Width = 8,
        image_shape: ImageShape = (1, 28, 28),
        n_parameters: ParameterCount | None = 1750,
        embedding_dim: Width | None = None,
        width: Width | None = None,
        omega_0: PositiveFloat = 5.0,
        n_octaves: Octaves = 3,
        warp: Warp = "affine",
        pixels_per_step: PixelsPerStep | None = 0.25,
    ) -> None:
        super().__init__(
            latent_dim, image_shape, n_parameters, embedding_dim, width, 1, n_octaves, warp, pixels_per_step
        )
        self.register_buffer("frequencies", omega_0 * torch.randn(2, self.width))
        self.register_buffer("phases", 2 * math.pi * torch.rand(self.width))
        self.of_latent = nn.Linear(self.embedding_dim, self.width, bias=False)

    def n_field_parameters(self, embedding_dim: int, width: int) -> int:
        return embedding_dim * width

    def features(self, p: Tensor, gamma: Tensor, e: Tensor) -> Tensor:
        return torch.sin(p @ self.frequencies + self.phases + self.of_latent(e)[:, None])


def _check_one_is_given(n_parameters: int | None, **widths: int | None) -> None:
    """Look whether the size is said, and said once."""
    names, open_widths = " and ".join(widths), [name for name, width in widths.items() if width is None]
    if n_parameters is None and open_widths:
        raise SettingError("n_parameters", n_parameters, f"must be a number where {' and '.join(open_widths)} is null")
    if n_parameters is not None and not open_widths:
        raise SettingError("n_parameters", n_parameters, f"must be null beside {names}")
