"""QINR-VAE with a critic, which sees what the decoder makes of the prior: the blur of a VAE is what gives it away."""

import copy
from typing import NamedTuple

import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Optimizer

from qinr_lightning.errors import SettingError
from qinr_lightning.models.parameter_groups import optimizer_groups
from qinr_lightning.models.vae import QINRVAE
from qinr_lightning.networks import Decoder
from qinr_lightning.networks.blocks import RunningStatistics
from qinr_lightning.objectives import KLSchedule, ReconstructionLoss, critic_loss, generator_loss
from qinr_lightning.optimization import Adam, LRSchedule
from qinr_lightning.ranges import LearningRate, NonNegativeFloat, Width
from qinr_lightning.seeding import Seed, generator


class AdversarialLoss(NamedTuple):
    """Losses of generated images beside a batch of real ones, scalars."""

    generator: Tensor
    """The decoder's."""
    critic: Tensor
    """The critic's, with the penalty."""
    wasserstein: Tensor
    """The critic's estimate of the distance."""


class QINRVAEGAN(QINRVAE):
    """Variational autoencoder whose samples from the prior a critic tells from real images (Larsen et al., VAE/GAN).

    Encoder and decoder minimize the VAE's loss, the decoder also ``adversarial_weight`` times a Wasserstein
    generator's, the critic the Wasserstein critic's with gradient penalty (Gulrajani et al.), all in the same step.
    Reconstructions are compared pixel by pixel, not in the critic's features as Larsen et al. have it.

    Where the decoder normalises over the batch, draws of the prior and of posteriors have statistics each of their own,
    in training and afterwards: their latent vectors spread differently, and a critic would see other images than
    :meth:`sample` gives.

    Logs what :class:`QINRVAE` logs, ``loss/generator``, ``loss/critic`` and ``loss/wasserstein`` (see
    :class:`AdversarialLoss`), ``lr/critic`` and ``grad_norm/critic``. Clipping by norm leaves the critic out.

    Args:
        encoder: Maps images to the mean and log-variance of the posterior.
        decoder: Maps latent vectors to logits.
        kl: Turns the KL divergence into its part of the loss.
        critic: Maps images in [-1, 1] to scores, ``(batch,)``; nothing in it may depend on the rest of the batch.
        latent_dim: d_z; encoder and decoder are built for it.
        lr_classical: Learning rate of the classical parameters of encoder and decoder.
        lr_quantum: Of the quantum ones; None for a decoder without a circuit.
        lr_critic: Of the critic.
        optimizer: Adam where none is named.
        lr_schedule: What multiplies all rates; None leaves them constant.
        reconstruction: ``"bce"`` (eq. 11) or ``"mse"`` (appendix A).
        adversarial_weight: Of the generator's loss beside the VAE's, which is a sum over pixels.
        penalty_weight: lambda, weight of the gradient penalty.
        seed: Seed of all that training draws; it depends on the seed and the epoch alone.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Decoder,
        kl: KLSchedule,
        critic: nn.Module,
        latent_dim: Width = 8,
        lr_classical: LearningRate = 2e-3,
        lr_quantum: LearningRate | None = 2e-4,
        lr_critic: LearningRate = 5e-4,
        optimizer: Adam | None = None,
        lr_schedule: LRSchedule | None = None,
        reconstruction: ReconstructionLoss = "bce",
        adversarial_weight: NonNegativeFloat = 5.0,
        penalty_weight: NonNegativeFloat = 10.0,
        seed: Seed = 0,
    ) -> None:
        super().__init__(
            encoder, decoder, kl, latent_dim, lr_classical, lr_quantum, optimizer, lr_schedule, reconstruction, seed
        )
        self.critic = critic
        self.rates["critic"] = lr_critic
        self.adversarial_weight = adversarial_weight
        self.penalty_weight = penalty_weight
        self.of_prior = RunningStatistics(decoder)
        self._adversarial_draws: torch.Generator | None = None

    def sample(self, n: int, generator: torch.Generator, size: tuple[int, int] | None = None) -> Tensor:
        with self.of_prior.in_place():
            return super().sample(n, generator, size)

    def decoder_of_prior(self) -> Decoder:
        """The decoder, or where it normalises over the batch a copy with the statistics of the prior."""
        if not list(self.of_prior.buffers()):
            return self.decoder
        with self.of_prior.in_place():
            return copy.deepcopy(self.decoder)

    def count_statistics(self, images: Tensor) -> None:
        super().count_statistics(images)
        with self.of_prior.in_place():
            self.decoder(self._draw_prior(images))

    def adversarial_loss(self, images: Tensor) -> AdversarialLoss:
        """For images in [-1, 1] and as many draws of the prior: of the critic as it is, and of the decoder as it is."""
        z = self._draw_prior(images)
        with self.of_prior.in_place():
            fake = torch.tanh(self.decoder(z) / 2).to(images.dtype)  # 2 sigmoid(x) - 1
        of_critic, distance = critic_loss(self.critic, images, fake, self.penalty_weight, self._adversarial_draws)
        as_it_is = {name: parameter.detach() for name, parameter in self.critic.named_parameters()}
        of_decoder = generator_loss(functional_call(self.critic, as_it_is, (fake,)))
        return AdversarialLoss(of_decoder, of_critic, distance)

    def _draw_prior(self, images: Tensor) -> Tensor:
        shape, draws = (len(images), self.latent_dim), self._adversarial_draws
        return torch.randn(shape, generator=draws, dtype=images.dtype, device=images.device)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        total = super().training_step(batch, batch_idx)
        images = batch[0]
        loss = self.adversarial_loss(images)
        self.epoch_means.add({f"loss/{name}": value for name, value in loss._asdict().items()}, weight=len(images))
        return total + self.adversarial_weight * loss.generator + loss.critic

    def configure_optimizers(self) -> Optimizer:
        """One optimizer: the groups of encoder and decoder, and the critic's, each with its learning rate."""
        groups = optimizer_groups(nn.ModuleList([self.encoder, self.decoder]), self.rates)
        critic = {"name": "critic", "params": list(self.critic.parameters()), "lr": self.rates["critic"]}
        return self.build_optimizer([*groups, critic])

    def circuit_runs(self, n_images: int) -> int:
        # The critic sees whole images, whatever part of them a step reconstructs.
        return super().circuit_runs(n_images) + (n_images * self.circuits_per_image if self.training else 0)

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        self._adversarial_draws = generator(self.seed, "adversarial", self.current_epoch, device=self.device)

    def on_train_end(self) -> None:
        super().on_train_end()
        self._adversarial_draws = None

    def check_training(self, trainer: Trainer, batch_size: int) -> None:
        """Refuse what the critic does not do.

        Raises:
            SettingError: For several processes or mixed float16, and for what a VAE cannot be trained with.
        """
        super().check_training(trainer, batch_size)
        for name, value in (("devices", trainer.num_devices), ("num_nodes", trainer.num_nodes)):
            if value != 1:
                raise SettingError(f"trainer.{name}", value, "must be 1 for a model with a critic")
        if trainer.precision == "16-mixed":
            said = "must be another for a model with a critic, such as bf16-mixed"
            raise SettingError("trainer.precision", trainer.precision, said)
