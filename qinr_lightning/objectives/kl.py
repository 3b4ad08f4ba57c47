"""Kullback-Leibler divergence of the VAE and the schedules that weight it."""

from abc import ABC, abstractmethod
from typing import Literal

from torch import Tensor

from qinr_lightning.distributed import batch_mean
from qinr_lightning.ranges import NaturalInt, NonNegativeFloat, PositiveFloat

FreeBitsOver = Literal["batch", "sample"]


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp(logvar)) || N(0, 1)) for every latent dimension, the inner sum of eq. (12), nats.

    Args:
        mu: Posterior mean, ``(batch, latent_dim)``.
        logvar: Posterior log-variance, ``(batch, latent_dim)``.

    Returns:
        ``(batch, latent_dim)``, not negative; eq. (12) is its sum over dimensions, averaged over the batch.
    """
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar)


def with_free_bits(kl: Tensor, free_bits: float, over: FreeBitsOver = "batch") -> Tensor:
    """Sum over dimensions of the KL divergence, where each dimension counts at least ``free_bits`` nats.

    Args:
        kl: :func:`kl_divergence`, ``(batch, latent_dim)``.
        free_bits: Lower bound for each dimension, nats; 0 leaves the divergence as it is.
        over: Bound the batch mean of a dimension (``"batch"``) or every image's value (``"sample"``).

    Returns:
        Scalar.
    """
    if over == "batch":
        return batch_mean(kl).clamp(min=free_bits).sum()
    return batch_mean(kl.clamp(min=free_bits).sum(1))


class KLSchedule(ABC):
    """Turns the KL divergence of a batch into its part of the loss, depending on the epoch.

    Epochs count from 1, as in algorithm 2.
    """

    @abstractmethod
    def penalty(self, kl: Tensor, epoch: int) -> Tensor:
        """The KL term of the loss, scalar, from :func:`kl_divergence`, ``(batch, latent_dim)``."""

    @abstractmethod
    def state(self, epoch: int) -> dict[str, float]:
        """What the schedule stands at in ``epoch``, for the logs."""


class BetaWarmup(KLSchedule):
    """beta KL with beta growing linearly, eq. (13) and line 5 of algorithm 2.

    .. code-block:: yaml

        kl: {_target_: qinr_lightning.objectives.BetaWarmup, beta: 1.0, warmup_epochs: 5}

    Args:
        beta: Weight after the warm-up.
        warmup_epochs: n_beta, epochs until then; 0 weights with ``beta`` from the start.
        free_bits: See :func:`with_free_bits`.
        free_bits_over: See :func:`with_free_bits`.
    """

    def __init__(
        self,
        beta: NonNegativeFloat = 1.0,
        warmup_epochs: NaturalInt = 5,
        free_bits: NonNegativeFloat = 0.0,
        free_bits_over: FreeBitsOver = "batch",
    ) -> None:
        self.beta = beta
        self.warmup_epochs = warmup_epochs
        self.free_bits = free_bits
        self.free_bits_over = free_bits_over

    def penalty(self, kl: Tensor, epoch: int) -> Tensor:
        return self.weight(epoch) * with_free_bits(kl, self.free_bits, self.free_bits_over)

    def weight(self, epoch: int) -> float:
        """beta_t."""
        return self.beta * _ramp(epoch, self.warmup_epochs)

    def state(self, epoch: int) -> dict[str, float]:
        return {"kl/beta": self.weight(epoch)}


class ConstantBeta(BetaWarmup):
    """beta KL with the same beta in every epoch.

    Args:
        beta: Weight; 1 gives the evidence lower bound.
        free_bits: See :func:`with_free_bits`.
        free_bits_over: See :func:`with_free_bits`.
    """

    def __init__(
        self,
        beta: NonNegativeFloat = 1.0,
        free_bits: NonNegativeFloat = 0.0,
        free_bits_over: FreeBitsOver = "batch",
    ) -> None:
        super().__init__(beta, 0, free_bits, free_bits_over)


class CapacityControl(KLSchedule):
    """gamma abs(KL - C) with the capacity C growing linearly, eq. (14) and line 8 of algorithm 2.

    .. code-block:: yaml

        kl: {_target_: qinr_lightning.objectives.CapacityControl, max_capacity: 12, warmup_epochs: 10, gamma: 10}

    Args:
        max_capacity: C_max, nats.
        warmup_epochs: n_C, epochs until C reaches it; 0 starts there.
        gamma: Weight of the distance.
        free_bits: See :func:`with_free_bits`; bounds the divergence before C is taken off.
        free_bits_over: See :func:`with_free_bits`.
    """

    def __init__(
        self,
        max_capacity: NonNegativeFloat = 12.0,
        warmup_epochs: NaturalInt = 10,
        gamma: PositiveFloat = 10.0,
        free_bits: NonNegativeFloat = 0.5,
        free_bits_over: FreeBitsOver = "batch",
    ) -> None:
        self.max_capacity = max_capacity
        self.warmup_epochs = warmup_epochs
        self.gamma = gamma
        self.free_bits = free_bits
        self.free_bits_over = free_bits_over

    def penalty(self, kl: Tensor, epoch: int) -> Tensor:
        return self.gamma * (with_free_bits(kl, self.free_bits, self.free_bits_over) - self.capacity(epoch)).abs()

    def capacity(self, epoch: int) -> float:
        """C_t, nats."""
        return self.max_capacity * _ramp(epoch, self.warmup_epochs)

    def state(self, epoch: int) -> dict[str, float]:
        return {"kl/capacity": self.capacity(epoch)}


def _ramp(epoch: int, length: int) -> float:
    return 1.0 if length == 0 else min(1.0, epoch / length)
