"""Means over an epoch, gathered as tensors and logged once: logging every step costs more than the circuit."""

import torch
from torch import Tensor


class EpochMeans:
    """Weighted means of named scalars."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._weights: dict[str, float] = {}

    def add(self, values: dict[str, Tensor], weight: float = 1.0) -> None:
        """Add the values of a step; ``weight`` is the number of images for means over images."""
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach() * weight
            self._weights[name] = self._weights.get(name, 0.0) + weight

    def take(self) -> dict[str, Tensor]:
        """The means so far; the next epoch starts from nothing."""
        means = {name: torch.as_tensor(total / self._weights[name]) for name, total in self._sums.items()}
        self._sums, self._weights = {}, {}
        return means
