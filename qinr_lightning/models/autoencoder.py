"""QINR-AE: algorithm 1 of the paper as a LightningModule."""

from dataclasses import dataclass

import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_
from torch.optim import Optimizer

from qinr_lightning.distributed import batch_size
from qinr_lightning.errors import SettingError
from qinr_lightning.models.base import Model
from qinr_lightning.models.parameter_groups import ParameterGroups, gradient_norms, optimizer_groups
from qinr_lightning.networks import CoordinateDecoder, Decoder
from qinr_lightning.objectives import ReconstructionLoss, reconstruction_loss, to_unit_interval
from qinr_lightning.optimization import Adam, LRSchedule
from qinr_lightning.ranges import LearningRate, Width
from qinr_lightning.seeding import Seed, generator


@dataclass
class Loss:
    """Loss of a batch, scalars; ``total`` is what the optimizer minimizes."""

    total: Tensor
    reconstruction: Tensor

    def logged(self) -> dict[str, Tensor]:
        """The terms under their names in the logs."""
        return {f"loss/{name}": value for name, value in vars(self).items()}


class QINRAutoencoder(Model):
    """Deterministic autoencoder, with a QINR decoder or any other.

    Logged once an epoch: ``loss/total``, ``loss/reconstruction`` (per image, summed over pixels), ``lr/*`` and
    ``grad_norm/*`` (mean over the epoch's steps, before clipping) for the groups ``classical`` and ``quantum``.

    Args:
        encoder: Maps images to latent vectors.
        decoder: Maps latent vectors to logits.
        latent_dim: d_z; encoder and decoder are built for it.
        lr_classical: eta_cls, learning rate of the classical parameters.
        lr_quantum: eta_q, of the quantum ones; None for a decoder without a circuit.
        optimizer: Adam where none is named.
        lr_schedule: What multiplies both rates; None leaves them constant.
        reconstruction: ``"bce"`` (eq. 11) or ``"mse"`` (appendix A).
        seed: Seed of the noise and the pixels that training draws; they depend on the seed and the epoch alone.

    Raises:
        SettingError: Where encoder or decoder are built for another latent dimension, or a rate is for no parameter.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: Decoder,
        latent_dim: Width = 8,
        lr_classical: LearningRate = 2e-3,
        lr_quantum: LearningRate | None = 5e-4,
        optimizer: Adam | None = None,
        lr_schedule: LRSchedule | None = None,
        reconstruction: ReconstructionLoss = "bce",
        seed: Seed = 0,
    ) -> None:
        super().__init__({"classical": lr_classical, "quantum": lr_quantum}, optimizer or Adam(), lr_schedule)
        if not isinstance(decoder, Decoder):
            raise SettingError("decoder", type(decoder).__name__, "must derive from qinr_lightning.networks.Decoder")
        for name, part in (("encoder", encoder), ("decoder", decoder)):
            built_for = getattr(part, "latent_dim", None)
            if built_for is None:
                raise SettingError(
                    name, type(part).__name__, "must have latent_dim, the dimension of its latent vectors"
                )
            if built_for != latent_dim:
                raise SettingError("latent_dim", latent_dim, f"the {name} is built for {built_for}")
        self.encoder = encoder
        self.decoder = decoder
        self.latent_dim = latent_dim
        self.reconstruction = reconstruction
        self.seed = seed
        self._pixel_draws: torch.Generator | None = None
        self.check_rates(self, "model")

    def encode(self, images: Tensor) -> Tensor:
        """Images in [-1, 1], ``(batch, channels, height, width)``, to z, ``(batch, latent_dim)``."""
        z: Tensor = self.encoder(images)
        return z

    def decode(self, z: Tensor, size: tuple[int, int] | None = None) -> Tensor:
        """Latent vectors to images in [0, 1].

        Args:
            z: ``(batch, latent_dim)``.
            size: Height and width; None for those that the model is trained with.

        Returns:
            ``(batch, channels, height, width)``.

        Raises:
            SettingError: For a size where the decoder has but one.
        """
        if size is None:
            return torch.sigmoid(self.decoder(z))
        return self.field_of_any_size(size[0]).images(z, *size)

    @property
    def image_maker(self) -> Decoder:
        return self.decoder

    def forward(self, images: Tensor) -> Tensor:
        """Reconstruct images in [-1, 1] as images in [0, 1], of the same shape."""
        return self.decode(self.encode(images.to(self.dtype)))

    def loss(self, images: Tensor) -> Loss:
        """Lines 4 to 6 of algorithm 1, for images in [-1, 1]."""
        error = self.reconstruction_error(self.encoder(images), images)
        return Loss(error, error)

    def reconstruction_error(self, z: Tensor, images: Tensor) -> Tensor:
        """Line 5 of algorithm 1, for latent vectors and images in [-1, 1].

        In training, a coordinate decoder that is to decode a part of the pixels gets some at random, the same ones for
        the whole batch, and their error stands for that of all: n / n_drawn times it, without a bias.
        """
        target = to_unit_interval(images)
        decoder, draws = self.decoder, self._pixel_draws
        if draws is None or not isinstance(decoder, CoordinateDecoder) or decoder.pixels_per_step == decoder.n_pixels:
            return reconstruction_loss(self.reconstruction, decoder(z), target)
        drawn = torch.randperm(decoder.n_pixels, generator=draws, device=draws.device)[: decoder.pixels_per_step]
        error = reconstruction_loss(self.reconstruction, decoder.at_pixels(z, drawn), target.flatten(2)[..., drawn])
        return error * (decoder.n_pixels / decoder.pixels_per_step)

    def count_statistics(self, images: Tensor) -> None:
        """Let every batch normalisation count a batch, images in [-1, 1], as a step of training does."""
        self.loss(images)

    def on_train_epoch_start(self) -> None:
        super().on_train_epoch_start()
        self._pixel_draws = generator(self.seed, "pixels", self.current_epoch, device=self.device)

    def on_train_end(self) -> None:
        self._pixel_draws = None

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        images = batch[0]
        loss = self.loss(images)
        self.epoch_means.add(loss.logged(), weight=batch_size(len(images)))
        return loss.total

    def configure_optimizers(self) -> Optimizer:
        """One optimizer with the groups of section 3.4, each with its learning rate."""
        return self.build_optimizer(optimizer_groups(self, self.rates))

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of all gradients jointly (line 7 of algorithm 1); the groups' norms are logged on the way.

        Those of a critic, which has a loss of its own, stay as they are. As everywhere in Lightning, 0 clips nothing.
        """
        norms = gradient_norms(optimizer)
        self.epoch_means.add(norms)
        if gradient_clip_val and gradient_clip_algorithm in (None, "norm"):
            clipped = [group for group in optimizer.param_groups if group["name"] in ParameterGroups._fields]
            total = torch.stack([norms[f"grad_norm/{group['name']}"] for group in clipped]).norm()
            parameters = [parameter for group in clipped for parameter in group["params"]]
            clip_grads_with_norm_(parameters, gradient_clip_val, total)
        else:
            super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def check_training(self, trainer: Trainer, batch_size: int) -> None:
        """Refuse what cannot train the model.

        Raises:
            SettingError: For batches of one image, in which batch normalisation finds no variance, and for a
                learning-rate schedule without a last epoch.
        """
        super().check_training(trainer, batch_size)
        if batch_size < 2:
            raise SettingError("dataset.batch_size", batch_size, "must be greater than or equal to 2 for this model")
