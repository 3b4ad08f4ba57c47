"""Initial angles of a circuit, drawn from PyTorch's global generator as all initial parameters are."""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import PositiveFloat


class InitialAngles(ABC):
    """A distribution of the angles before training."""

    @abstractmethod
    def __call__(self, *shape: int) -> Tensor:
        """Draw angles, rad, of a shape: ``(n_layers, n_blocks, n_qubits, 3)`` for Rot in parameter layers."""


class UniformAngles(InitialAngles):
    """Independent and uniform in [0, ``high``).

    Args:
        high: rad; 2 pi is the default of PennyLane's ``TorchLayer``.
    """

    def __init__(self, high: PositiveFloat = 2 * math.pi) -> None:
        self.high = high

    def __call__(self, *shape: int) -> Tensor:
        return self.high * torch.rand(shape)


class NearIdentity(InitialAngles):
    """Independent and normal around 0: every Rot is close to the identity, and each W to the product of its CZ gates.

    Args:
        std: Standard deviation, rad. At 0 all gradients vanish with a Z readout, and training cannot start.
    """

    def __init__(self, std: PositiveFloat = 0.1) -> None:
        self.std = std

    def __call__(self, *shape: int) -> Tensor:
        return self.std * torch.randn(shape)


class BlockIdentity(InitialAngles):
    """Random rotations that undo each other, so that without an input the circuit is the identity on ``|0...0>``.

    After Grant et al., Quantum 3, 214 (2019). They follow a random block by its inverse, entangling gates included.
    Here the inverse of a W cannot be had, as its CZ gates come last and cannot be left out. But the CZ gates D of a
    layer commute and ``D D = 1``. So parameter layers go in threes: random rotations R on the first block of the first,
    their inverses on the first block of the third, and the identity everywhere else. Then, at angles h = 0, the three
    are ``(D R^-1) D (D R) = D``, which leaves ``|0...0>`` as it is. One or two layers that remain are D each.

    With inputs, every qubit starts as a circuit of its own that encodes them between R and its inverse.

    Args:
        high: The random rotations' angles are uniform in [0, ``high``), rad.

    Raises:
        SettingError: From the call, for fewer than three parameter layers, or angles that are not Rot's.
    """

    def __init__(self, high: PositiveFloat = 2 * math.pi) -> None:
        self.high = high

    def __call__(self, *shape: int) -> Tensor:
        if len(shape) != 4:
            raise SettingError("init", "block_identity", "is for the parameter layers of circuit=reupload alone")
        n_layers, n_blocks, n_qubits, _ = shape
        n_threes = n_layers // 3
        if n_threes == 0:
            raise SettingError("init", "block_identity", "needs three parameter layers, n_reuploads of at least 2")
        rotations = torch.zeros(n_layers, n_blocks, n_qubits, 3)
        random = self.high * torch.rand(n_threes, n_qubits, 3)
        rotations[: 3 * n_threes : 3, 0] = random
        # The inverse of RZ(g) RY(b) RZ(a) is RZ(-a) RY(-b) RZ(-g).
        rotations[2::3, 0] = -random.flip(-1)
        return rotations


INITIAL_ANGLES: dict[str, type[InitialAngles]] = {
    "uniform": UniformAngles,
    "near_identity": NearIdentity,
    "block_identity": BlockIdentity,
}


def find_init(init: str | InitialAngles) -> InitialAngles:
    """The initial angles of this name, with their defaults, or the initial angles themselves.

    Raises:
        SettingError: For an unknown name.
    """
    if isinstance(init, InitialAngles):
        return init
    if init not in INITIAL_ANGLES:
        raise SettingError("init", init, f"must be one of {', '.join(INITIAL_ANGLES)}, or an InitialAngles")
    return INITIAL_ANGLES[init]()
