"""The Wasserstein GAN with gradient penalty in which all compared generators are trained."""

from typing import Literal, cast

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer

from qinr_lightning.errors import SettingError
from qinr_lightning.models.base import Model
from qinr_lightning.models.parameter_groups import gradient_norms, optimizer_groups
from qinr_lightning.networks import CoordinateDecoder, CoordinateGenerator, Generator
from qinr_lightning.objectives import critic_loss, generator_loss, to_unit_interval
from qinr_lightning.optimization import Adam, LRSchedule
from qinr_lightning.ranges import LearningRate, NonNegativeFloat, PositiveInt
from qinr_lightning.seeding import Seed, generator

Latent = Literal["uniform", "normal"]


class WassersteinGAN(Model):
    """A generator and a critic, trained in turn on the batches of real images.

    Every batch is a step of the critic, every ``n_critic``-th of them also one of the generator. Batches are counted
    over all epochs. Lightning counts the steps of both optimizers in ``global_step``.

    Logged once an epoch, means over its steps: ``loss/critic`` with the penalty, ``loss/generator``,
    ``loss/wasserstein`` (the critic's estimate of the distance), ``lr/*`` and ``grad_norm/*`` for the groups
    ``critic``, ``classical`` and ``quantum``; the last two are the generator's.

    Args:
        generator: Maps latent vectors to images in [-1, 1]; or a coordinate decoder, of which it makes such a one.
        critic: Maps images in [-1, 1] to scores, ``(batch,)``; nothing in it may depend on the rest of the batch.
        lr_classical: Learning rate of the generator's classical parameters; None where it has none.
        lr_quantum: Of its quantum parameters; None where it has none.
        lr_critic: Of the critic.
        optimizer: Both optimizers'; Adam with betas (0, 0.9) where none is named.
        lr_schedule: What multiplies all rates; None leaves them constant.
        penalty_weight: lambda, weight of the gradient penalty.
        n_critic: Batches for each step of the generator.
        generator_turn: Whether the generator's step comes with the first or the last of ``n_critic`` batches.
        reuse_latent: Let the generator's step take the latent vectors of the critic's step before it.
        latent: Distribution of each latent number: U[0, 1) or N(0, 1).
        seed: Seed of the latent vectors and of the penalty's epsilon; they depend on the seed and the epoch alone.

    Raises:
        SettingError: Where there is a learning rate for parameters of the generator but no such parameter, or the
            reverse.
    """

    def __init__(
        self,
        generator: Generator | CoordinateDecoder,
        critic: nn.Module,
        lr_classical: LearningRate | None,
        lr_quantum: LearningRate | None,
        lr_critic: LearningRate = 2e-4,
        optimizer: Adam | None = None,
        lr_schedule: LRSchedule | None = None,
        penalty_weight: NonNegativeFloat = 10.0,
        n_critic: PositiveInt = 5,
        generator_turn: Literal["first", "last"] = "last",
        reuse_latent: bool = False,
        latent: Latent = "uniform",
        seed: Seed = 0,
    ) -> None:
        rates = {"classical": lr_classical, "quantum": lr_quantum, "critic": lr_critic}
        super().__init__(rates, optimizer or Adam((0.0, 0.9)), lr_schedule)
        self.automatic_optimization = False
        self.generator = generator if isinstance(generator, Generator) else CoordinateGenerator(generator)
        self.critic = critic
        self.check_rates(self.generator, "generator")
        self.penalty_weight = penalty_weight
        self.n_critic = n_critic
        self.generator_turn = generator_turn
        self.reuse_latent = reuse_latent
        self.latent = latent
        self.seed = seed
        self._latent_draws: torch.Generator | None = None
        self._epsilon_draws: torch.Generator | None = None

    @property
    def image_maker(self) -> Generator:
        return self.generator

    def draw_latent(self, n: int, draws: torch.Generator | None) -> Tensor:
        """``n`` latent vectors, ``(n, latent_dim)``, on the model's device."""
        draw = torch.rand if self.latent == "uniform" else torch.randn
        device = "cpu" if draws is None else draws.device
        return draw(n, self.generator.latent_dim, generator=draws, device=device).to(self.device).to(self.dtype)

    def sample(self, n: int, generator: torch.Generator, size: tuple[int, int] | None = None) -> Tensor:
        """``n`` images in [0, 1], ``(n, channels, height, width)``; what a linear head puts beyond is clamped.

        Args:
            n: Images.
            generator: On the CPU.
            size: Height and width; None for those that the model is trained with.

        Raises:
            SettingError: For a size where the generator has but one.
        """
        z = self.draw_latent(n, generator)
        if size is not None:
            return self.field_of_any_size(size[0]).images(z, *size)
        images: Tensor = self.generator(z)
        return to_unit_interval(images).clamp(0, 1)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> None:
        real = batch[0]
        of_generator, of_critic = cast(list[LightningOptimizer], self.optimizers())
        z = self.draw_latent(len(real), self._latent_draws)
        self.critic_step(real, z, of_critic)
        n_before = self.current_epoch * int(self.trainer.num_training_batches) + batch_idx
        if n_before % self.n_critic == (0 if self.generator_turn == "first" else self.n_critic - 1):
            if not self.reuse_latent:
                z = self.draw_latent(len(real), self._latent_draws)
            self.generator_step(z, of_generator)

    def critic_step(self, real: Tensor, z: Tensor, optimizer: LightningOptimizer) -> None:
        """One step of the critic on real images in [-1, 1] and on generated ones; the generator stays as it is."""
        with torch.no_grad():
            fake = self.generator(z).to(real.dtype)
        loss, distance = critic_loss(self.critic, real, fake, self.penalty_weight, self._epsilon_draws)
        self._step(optimizer, loss)
        self.epoch_means.add({"loss/critic": loss, "loss/wasserstein": distance}, weight=len(real))

    def generator_step(self, z: Tensor, optimizer: LightningOptimizer) -> None:
        """One step of the generator; the critic stays as it is."""
        self.critic.requires_grad_(False)
        loss = generator_loss(self.critic(self.generator(z)))
        self._step(optimizer, loss)
        self.critic.requires_grad_(True)
        self.epoch_means.add({"loss/generator": loss}, weight=len(z))

    def _step(self, optimizer: LightningOptimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        self.manual_backward(loss)
        self.epoch_means.add(gradient_norms(optimizer))
        optimizer.step()

    def configure_optimizers(self) -> list[Optimizer]:
        """One for the generator, with a group of classical and one of quantum parameters, and one for the critic."""
        critic = {"name": "critic", "params": list(self.critic.parameters()), "lr": self.rates["critic"]}
        return [self.build_optimizer(groups) for groups in (optimizer_groups(self.generator, self.rates), [critic])]

    def steps_of(self, trainer: Trainer) -> float:
        """Batches, where ``max_steps`` counts the steps of both optimizers."""
        in_epochs = int(trainer.num_training_batches) * cast(int, trainer.max_epochs)
        if trainer.max_steps < 0:
            return in_epochs
        turns, rest = divmod(trainer.max_steps, self.n_critic + 1)
        # The batch of the generator's turn has two steps, and the training ends after a whole batch.
        of_rest = max(rest - 1, min(rest, 1)) if self.generator_turn == "first" else rest
        return min(in_epochs, turns * self.n_critic + of_rest)

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        self._latent_draws = generator(self.seed, "latent", self.current_epoch, device=self.device)
        self._epsilon_draws = generator(self.seed, "epsilon", self.current_epoch, device=self.device)

    def on_train_end(self) -> None:
        self._latent_draws = self._epsilon_draws = None

    def check_training(self, trainer: Trainer, batch_size: int) -> None:
        """Refuse what two optimizers in turn do not do.

        Raises:
            SettingError: For gradient clipping, accumulation over batches, several processes or mixed float16, for a
                learning-rate schedule without a last epoch, and for batches of one image where the generator
                normalises over the batch.
        """
        super().check_training(trainer, batch_size)
        if batch_size < 2 and self.coordinate_field is not None:
            said = "must be greater than or equal to 2 for a generator that normalises over the batch"
            raise SettingError("dataset.batch_size", batch_size, said)
        only = {
            "gradient_clip_val": (trainer.gradient_clip_val or None, None),
            "accumulate_grad_batches": (trainer.accumulate_grad_batches, 1),
            "devices": (trainer.num_devices, 1),
            "num_nodes": (trainer.num_nodes, 1),
        }
        for name, (value, allowed) in only.items():
            if value != allowed:
                raise SettingError(f"trainer.{name}", value, f"must be {allowed or 'null'} for a GAN")
        if trainer.precision == "16-mixed":
            raise SettingError("trainer.precision", trainer.precision, "must be another for a GAN, such as bf16-mixed")
