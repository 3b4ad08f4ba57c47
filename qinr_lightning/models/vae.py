"""QINR-VAE: algorithm 2 of the paper as a LightningModule."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from qinr_lightning.distributed import batch_mean
from qinr_lightning.models.autoencoder import Loss, QINRAutoencoder
from qinr_lightning.networks import Decoder, Gaussian, sample_gaussian
from qinr_lightning.objectives import (
    KLSchedule,
    ReconstructionLoss,
    kl_divergence,
)
from qinr_lightning.optimization import Adam, LRSchedule
from qinr_lightning.ranges import LearningRate, Width
from qinr_lightning.seeding import Seed, generator


@dataclass
class VAELoss(Loss):
    """Loss of a batch; ``kl`` is eq. (12), before the schedule and free bits."""

    kl: Tensor


class QINRVAE(QINRAutoencoder):
    """Variational autoencoder, with a QINR decoder or any other.

    Logs what :class:`QINRAutoencoder` logs, ``loss/kl`` and what the KL schedule stands at: ``kl/beta``, or
    ``kl/capacity`` and how far the divergence is above it, ``kl/above_capacity``. Reconstructions take the posterior
    mean for z.

    Args:
        encoder: Maps images to the mean and log-variance of the posterior.
        decoder: Maps latent vectors to logits.
        kl: Turns the KL divergence into its part of the loss.
        latent_dim: d_z; encoder and decoder are built for it.
        lr_classical: eta_cls, learning rate of the classical parameters.
        lr_quantum: eta_q, of the quantum ones; None for a decoder without a circuit.
        optimizer: Adam where none is named.
        lr_schedule: What multiplies both rates; None leaves them constant.
        reconstruction: ``"bce"`` (eq. 11) or ``"mse"`` (appendix A).
        seed: Seed of the noise and the pixels that training draws; they depend on the seed and the epoch alone.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Decoder,
        kl: KLSchedule,
        latent_dim: Width = 8,
        lr_classical: LearningRate = 2e-3,
        lr_quantum: LearningRate | None = 2e-4,
        optimizer: Adam | None = None,
        lr_schedule: LRSchedule | None = None,
        reconstruction: ReconstructionLoss = "bce",
        seed: Seed = 0,
    ) -> None:
        super().__init__(
            encoder, decoder, latent_dim, lr_classical, lr_quantum, optimizer, lr_schedule, reconstruction, seed
        )
        self.kl = kl
        self._noise: torch.Generator | None = None

    def posterior(self, images: Tensor) -> Gaussian:
        """q(z | x) for images in [-1, 1]."""
        posterior: Gaussian = self.encoder(images)
        return posterior

    def encode(self, images: Tensor) -> Tensor:
        """Images in [-1, 1], ``(batch, channels, height, width)``, to the posterior mean, ``(batch, latent_dim)``."""
        return self.posterior(images).mu

    def loss(self, images: Tensor) -> VAELoss:
        """Lines 11 to 21 of algorithm 2, for images in [-1, 1]."""
        posterior = self.posterior(images)
        error = self.reconstruction_error(sample_gaussian(posterior, self._noise), images)
        kl = kl_divergence(*posterior)
        total = error + self.kl.penalty(kl, self.current_epoch + 1)
        return VAELoss(total, error, batch_mean(kl.sum(1)))

    def sample(self, n: int, generator: torch.Generator, size: tuple[int, int] | None = None) -> Tensor:
        """Decode ``n`` draws from the prior N(0, 1), to images in [0, 1], ``(n, channels, height, width)``.

        Args:
            n: Images.
            generator: On the CPU.
            size: Height and width, as in :meth:`decode`.
        """
        z = torch.randn(n, self.latent_dim, generator=generator)
        return self.decode(z.to(self.device).to(self.dtype), size)

    def decoder_of_prior(self) -> Decoder:
        """What maps draws of the prior to logits: the decoder."""
        return self.decoder

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        self._noise = generator(self.seed, "noise", self.current_epoch, device=self.device)

    def on_train_end(self) -> None:
        super().on_train_end()
        self._noise = None

    def epoch_state(self, means: dict[str, Tensor]) -> dict[str, float]:
        state = self.kl.state(self.current_epoch + 1)
        if "kl/capacity" in state:
            state["kl/above_capacity"] = means["loss/kl"].item() - state["kl/capacity"]
        return state
