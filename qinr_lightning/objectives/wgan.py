"""The Wasserstein GAN with gradient penalty (Gulrajani et al.), as the compared GANs use it."""

from collections.abc import Callable

import torch
from torch import Tensor

NORM_EPSILON = 1e-8
"""Under the root of the gradient's norm, as published, so that a gradient of zero has a derivative."""


def wasserstein_estimate(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    r"""The critic's estimate of the distance, :math:`E[D(x)] - E[D(G(z))]`, from scores ``(batch,)`` each."""
    return real_scores.mean() - fake_scores.mean()


def generator_loss(fake_scores: Tensor) -> Tensor:
    r""":math:`-E[D(G(z))]`, from scores ``(batch,)``."""
    return -fake_scores.mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, generator: torch.Generator | None = None
) -> Tensor:
    r""":math:`E[(\lVert \nabla D(\hat x) \rVert - 1)^2]`, to be minimized beside :math:`E[D(G(z))] - E[D(x)]`.

    :math:`\hat x = \epsilon x + (1 - \epsilon) G(z)` with one :math:`\epsilon` from U[0, 1) for each pair. The norm is
    :math:`\sqrt{10^{-8} + \sum_i g_i^2}`, as published.

    Args:
        critic: Maps images to scores ``(batch,)``.
        real: ``(batch, channels, height, width)``.
        fake: Of the same shape; nothing flows back to where it comes from.
        generator: Draws epsilon.
    """
    shape = (len(real),) + (1,) * (real.dim() - 1)
    epsilon = torch.rand(shape, generator=generator, dtype=real.dtype, device=real.device)
    between = torch.lerp(fake.detach(), real, epsilon).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    norm = (gradient.flatten(1).square().sum(1) + NORM_EPSILON).sqrt()
    return (norm - 1).square().mean()


def critic_loss(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    penalty_weight: float,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """What a critic minimizes, ``penalty_weight`` times the gradient penalty minus the estimate, and the estimate.

    Args:
        critic: Maps images to scores ``(batch,)``.
        real: ``(batch, channels, height, width)``.
        fake: Of the same shape; nothing flows back to where it comes from.
        penalty_weight: lambda.
        generator: Draws the penalty's epsilon.
    """
    fake = fake.detach()
    real_scores, fake_scores = critic(torch.cat([real, fake])).split(len(real))
    distance = wasserstein_estimate(real_scores, fake_scores)
    return penalty_weight * gradient_penalty(critic, real, fake, generator) - distance, distance
