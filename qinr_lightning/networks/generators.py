"""Generators of the compared GANs: latent vectors to images in [-1, 1], with quantum circuits inside."""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge, Len, MultipleOf
from torch import Tensor, nn

from qinr_lightning.errors import SettingError
from qinr_lightning.networks.blocks import linear_layers
from qinr_lightning.networks.stand_ins import AngleMap
from qinr_lightning.quantum import Backend, MirroredCircuit, PatchCircuits
from qinr_lightning.ranges import ImageShape, Layers, NaturalInt, PositiveInt, Qubits, Width, Widths


class Generator(nn.Module, ABC):
    """Maps latent vectors ``(batch, latent_dim)`` to images ``(batch, channels, height, width)``, -1 black, 1 white.

    Args:
        latent_dim: Dimension of the latent vector.
        image_shape: ``(channels, height, width)``.
    """

    def __init__(self, latent_dim: int, image_shape: ImageShape) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.image_shape = tuple(image_shape)

    @abstractmethod
    def forward(self, z: Tensor) -> Tensor: ...

    def circuit_runs(self, n_images: int) -> int:
        """How often a circuit runs at once for a batch of images."""
        return n_images


class PatchGenerator(Generator):
    """PQWGAN's generator (Tsang et al.): each patch of the image is made by a quantum circuit of its own.

    The first qubit of each circuit is an ancilla. Of the basis states in which it is 0, the first so many give the
    pixels of the patch, see :func:`patch_pixels`.

    Args:
        n_patches: Circuits; they share the latent vector and the pixels.
        n_qubits: Qubits of each circuit, the ancilla among them; also the dimension of the latent vector.
        n_layers: Layers of each circuit.
        image_shape: ``(channels, height, width)``.
        patch_shape: ``(height, width)`` of a patch, the patches row by row; None takes patches from the image's rows
            laid end to end.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`~qinr_lightning.quantum.Backend`.

    Raises:
        SettingError: Where patches do not share the pixels evenly, or a circuit has too few basis states for its patch.
    """

    def __init__(
        self,
        n_patches: PositiveInt = 28,
        n_qubits: Annotated[Qubits, Ge(2)] = 6,
        n_layers: Layers = 4,
        image_shape: ImageShape = (1, 28, 28),
        patch_shape: Annotated[Sequence[PositiveInt], Len(2, 2)] | None = None,
        backend: str | Backend = "statevector",
    ) -> None:
        super().__init__(n_qubits, image_shape)
        self.patch_shape = None if patch_shape is None else tuple(patch_shape)
        n_pixels = math.prod(self.image_shape)
        if n_pixels % n_patches:
            raise SettingError("n_patches", n_patches, f"must divide the image's {n_pixels} pixels")
        self.patch_pixels = n_pixels // n_patches
        if patch_shape is not None:
            _check_patch_shape(tuple(patch_shape), self.image_shape, n_patches)
        if 2 ** (n_qubits - 1) < self.patch_pixels:
            least = math.ceil(math.log2(self.patch_pixels)) + 1
            raise SettingError(
                "n_qubits",
                n_qubits,
                f"a patch has {self.patch_pixels} pixels, which takes at least {least} qubits with the ancilla",
            )
        self.circuits = PatchCircuits(n_patches, n_qubits, n_layers, backend)

    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, n_qubits)``, angles in rad, to images in [-1, 1]."""
        patches = patch_pixels(self.circuits(z), self.patch_pixels)
        if self.patch_shape is not None:
            _, height, width = self.image_shape
            rows, columns = self.patch_shape
            grid = patches.view(len(z), height // rows, width // columns, rows, columns)
            patches = grid.transpose(2, 3)
        return patches.reshape(len(z), *self.image_shape)


def patch_pixels(probabilities: Tensor, n_pixels: int) -> Tensor:
    r"""Pixels from the probabilities of a circuit's basis states.

    The ancilla, the most significant bit, is found to be 0: :math:`p_k = P(0, k) / \sum_j P(0, j)`. Pixel :math:`k` is
    :math:`2 p_k / \max_j p_j - 1`, in [-1, 1]; the sum cancels. Differentiable through the maximum.

    Args:
        probabilities: ``(..., 2**n_qubits)``.
        n_pixels: Pixels of a patch, at most half the basis states.

    Returns:
        ``(..., n_pixels)``.
    """
    kept = probabilities[..., : probabilities.shape[-1] // 2]
    return 2 * kept[..., :n_pixels] / kept.amax(-1, keepdim=True) - 1


class LinearHeadGenerator(Generator):
    """A generator whose image goes through linear layers without activations: Quantum AnoGAN as Ma et al. run it.

    With 784 pixels and the default widths the layers have 734,736 parameters.

    Args:
        patches: The generator in front.
        image_shape: ``(channels, height, width)``.
        head_dims: Outputs of the linear layers before the last, which gives the pixels.
    """

    def __init__(
        self,
        patches: PatchGenerator,
        image_shape: ImageShape = (1, 28, 28),
        head_dims: Widths = (512, 256),
    ) -> None:
        super().__init__(patches.latent_dim, image_shape)
        n_pixels = math.prod(self.image_shape)
        self.patches = patches
        self.head = linear_layers([n_pixels, *head_dims, n_pixels])

    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, latent_dim)`` to images; nothing keeps them in [-1, 1] but training."""
        pixels: Tensor = self.head(self.patches(z).flatten(1))
        return pixels.view(-1, *self.image_shape)


class MirroredGenerator(Generator):
    """The generator of Herr et al.: the mirrored circuit's expectation values, a linear layer and a sigmoid.

    Args:
        n_qubits: Qubits; also the dimension of the latent vector.
        n_layers: Layers of the circuit, even.
        rotation: ``"axis"`` or ``"rot"``, see :class:`~qinr_lightning.quantum.MirroredCircuit`.
        image_shape: ``(channels, height, width)``.
        backend: ``"statevector"``, ``"pennylane"`` or a :class:`~qinr_lightning.quantum.Backend`.
    """

    def __init__(
        self,
        n_qubits: Qubits = 10,
        n_layers: Annotated[Layers, Ge(2), MultipleOf(2)] = 4,
        rotation: Literal["axis", "rot"] = "axis",
        image_shape: ImageShape = (1, 28, 28),
        backend: str | Backend = "statevector",
    ) -> None:
        super().__init__(n_qubits, image_shape)
        self.circuit = MirroredCircuit(n_qubits, n_layers, rotation, backend)
        self.head = nn.Linear(n_qubits, math.prod(self.image_shape))

    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors in [0, 1], ``(batch, n_qubits)``, half turns of the encoding RX, to images in [-1, 1]."""
        pixels: Tensor = self.head(self.circuit(math.pi * z))
        # 2 sigmoid(x) - 1
        return torch.tanh(pixels / 2).view(-1, *self.image_shape)


class HybridGenerator(Generator):
    """QINR-QGAN's generator (Ma et al.): hybrid layers and linear layers, no activation anywhere.

    A hybrid layer is a linear layer into the angles of a circuit, the data re-uploading one without learnable scales.
    The tail has 399,760 parameters at the default widths. Together its linear layers are one affine map: all images of
    a trained generator lie in a space of ``n_observables`` dimensions.

    Args:
        circuit: Circuit of the first hybrid layer; each further one has a copy with initial parameters of its own.
        n_hidden: Hybrid layers beyond the first (H).
        latent_dim: Dimension of the latent vector.
        head_dims: Outputs of the linear layers before the last, which gives the pixels.
        image_shape: ``(channels, height, width)``.
    """

    def __init__(
        self,
        circuit: AngleMap,
        n_hidden: NaturalInt = 0,
        latent_dim: Width = 6,
        head_dims: Widths = (128, 512, 256),
        image_shape: ImageShape = (1, 28, 28),
    ) -> None:
        super().__init__(latent_dim, image_shape)
        layers: list[Any] = [nn.Linear(latent_dim, circuit.n_qubits), circuit]
        for _ in range(n_hidden):
            circuit = copy.deepcopy(circuit)
            circuit.reset_parameters()
            layers += [nn.Linear(circuit.n_observables, circuit.n_qubits), circuit]
        self.hybrid = nn.Sequential(*layers)
        self.head = linear_layers([circuit.n_observables, *head_dims, math.prod(self.image_shape)])

    def forward(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, latent_dim)`` to images; nothing keeps them in [-1, 1] but training."""
        pixels: Tensor = self.head(self.hybrid(z))
        return pixels.view(-1, *self.image_shape)


def _check_patch_shape(patch_shape: tuple[int, ...], image_shape: tuple[int, ...], n_patches: int) -> None:
    channels, height, width = image_shape
    rows, columns = patch_shape
    if channels != 1 or height % rows or width % columns or (height // rows) * (width // columns) != n_patches:
        raise SettingError(
            "patch_shape",
            list(patch_shape),
            f"must tile an image of {channels}x{height}x{width} with {n_patches} patches",
        )
