"""QINR-AE: algorithm 1 of the paper as a LightningModule."""

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Lt
from lightning.pytorch import Trainer
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_
from torch.optim import Adam, Optimizer

from qinr_lightning.distributed import batch_size
from qinr_lightning.errors import SettingError
from qinr_lightning.models.epoch_means import EpochMeans
from qinr_lightning.models.parameter_groups import gradient_norms, learning_rates, optimizer_groups
from qinr_lightning.models.self_describing import SelfDescribing
from qinr_lightning.objectives import ReconstructionLoss, reconstruction_loss, to_unit_interval
from qinr_lightning.seeding import Seed

LearningRate = Annotated[float, Gt(0)]
AdamBeta = Annotated[float, Ge(0), Lt(1)]
AdamBetas = tuple[AdamBeta, AdamBeta]


@dataclass
class Loss:
    """Loss of a batch, scalars; ``total`` is what the optimizer minimizes."""

    total: Tensor
    reconstruction: Tensor

    def logged(self) -> dict[str, Tensor]:
        """The terms under their names in the logs."""
        return {f"loss/{name}": value for name, value in vars(self).items()}


class QINRAutoencoder(SelfDescribing):
    """Deterministic autoencoder with a QINR decoder.

    Logged once an epoch: ``loss/total``, ``loss/reconstruction`` (per image, summed over pixels), ``lr/*`` and
    ``grad_norm/*`` (mean over the epoch's steps, before clipping) for the groups ``classical`` and ``quantum``.

    Args:
        encoder: Maps images to latent vectors.
        decoder: Maps latent vectors to logits.
        latent_dim: d_z; encoder and decoder are built for it.
        lr_classical: eta_cls, Adam's learning rate for the classical parameters.
        lr_quantum: eta_q, for the circuit's parameters.
        betas: Adam's betas.
        reconstruction: ``"bce"`` (eq. 11) or ``"mse"`` (appendix A).
        seed: Seed of the noise that training draws; it depends on the seed and the epoch alone.

    Raises:
        SettingError: Where encoder or decoder are built for another latent dimension.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        latent_dim: Annotated[int, Ge(1)] = 8,
        lr_classical: LearningRate = 2e-3,
        lr_quantum: LearningRate = 5e-4,
        betas: AdamBetas = (0.9, 0.999),
        reconstruction: ReconstructionLoss = "bce",
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        for name, part in (("encoder", encoder), ("decoder", decoder)):
            if part.latent_dim != latent_dim:
                raise SettingError("latent_dim", latent_dim, f"the {name} is built for {part.latent_dim}")
        self.encoder = encoder
        self.decoder = decoder
        self.latent_dim = latent_dim
        self.lr_classical = lr_classical
        self.lr_quantum = lr_quantum
        self.betas = betas
        self.reconstruction = reconstruction
        self.seed = seed
        self._epoch_means = EpochMeans()

    def encode(self, images: Tensor) -> Tensor:
        """Images in [-1, 1], ``(batch, channels, height, width)``, to z, ``(batch, latent_dim)``."""
        z: Tensor = self.encoder(images)
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Latent vectors ``(batch, latent_dim)`` to images in [0, 1], ``(batch, channels, height, width)``."""
        return torch.sigmoid(self.decoder(z))

    def forward(self, images: Tensor) -> Tensor:
        """Reconstruct images in [-1, 1] as images in [0, 1], of the same shape."""
        return self.decode(self.encode(images.to(self.dtype)))

    def loss(self, images: Tensor) -> Loss:
        """Lines 4 to 6 of algorithm 1, for images in [-1, 1]."""
        logits = self.decoder(self.encoder(images))
        error = reconstruction_loss(self.reconstruction, logits, to_unit_interval(images))
        return Loss(error, error)

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        images = batch[0]
        loss = self.loss(images)
        self._epoch_means.add(loss.logged(), weight=batch_size(len(images)))
        return loss.total

    def configure_optimizers(self) -> Optimizer:
        """Adam with the groups of section 3.4, each with its learning rate."""
        rates = {"classical": self.lr_classical, "quantum": self.lr_quantum}
        # A fused Adam unscales gradients itself, after they have been clipped, which mixed float16 does not survive.
        mixed_float16 = self._trainer is not None and self.trainer.precision == "16-mixed"
        return Adam(
            optimizer_groups(self, rates),
            betas=self.betas,
            fused=not mixed_float16,
        )

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of all gradients jointly (line 7 of algorithm 1); the groups' norms are logged on the way."""
        norms = gradient_norms(optimizer)
        self._epoch_means.add(norms)
        if gradient_clip_val is not None and gradient_clip_algorithm in (None, "norm"):
            total = torch.stack(list(norms.values())).norm()
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            clip_grads_with_norm_(parameters, gradient_clip_val, total)
        else:
            super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def on_train_epoch_end(self) -> None:
        means = self._epoch_means.take()
        values: dict[str, Any] = {**means, **self.epoch_state(means)}
        if not values["loss/total"].isfinite():
            raise FloatingPointError(
                f"the loss of epoch {self.current_epoch + 1} is {values['loss/total'].item()}: training has diverged; "
                "lower model.lr_classical or model.lr_quantum"
            )
        values |= learning_rates(self.trainer.optimizers)
        for name, value in values.items():
            self.log(name, value, prog_bar=name.startswith("loss/"), sync_dist=True)

    def check_training(self, trainer: Trainer, batch_size: int) -> None:
        """Refuse what cannot train the model.

        Raises:
            SettingError: For batches of one image, in which batch normalisation finds no variance.
        """
        if batch_size < 2:
            raise SettingError("dataset.batch_size", batch_size, "must be greater than or equal to 2 for this model")

    def epoch_state(self, means: dict[str, Tensor]) -> dict[str, float]:
        """What else is logged once an epoch, from the means of what its steps have measured."""
        return {}
