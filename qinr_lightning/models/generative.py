"""What a model offers that images can be drawn from."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class Generative(Protocol):
    """A model with a prior."""

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """``n`` images in [0, 1], ``(n, channels, height, width)``, from latent draws of ``generator`` (on the CPU)."""
        ...
