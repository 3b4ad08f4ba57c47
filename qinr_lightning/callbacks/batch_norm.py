"""Statistics of batch normalisation for evaluation, from the trained parameters."""

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from torch import nn

from qinr_lightning.callbacks.averaging import averaged_weights
from qinr_lightning.callbacks.checkpoint import is_last_epoch
from qinr_lightning.models import QINRAutoencoder


class BatchNormStatistics(Checkpoint):
    """Computes the means and variances that batch normalisation evaluates with anew, at the end of training.

    The running ones follow the last few dozen batches, over which the parameters still move: a model may reconstruct
    one or two dB worse in evaluation than it did in its last epoch. One pass over the train subset, in training mode
    (with the noise of a variational model), gives those of the parameters as they are, or of their average where one
    is kept.

    A Checkpoint to Lightning, which asks these last: another callback may end the training with this epoch.

    Wu and Johnson, Rethinking "batch" in BatchNorm, 2021 (precise BatchNorm).
    """

    @torch.no_grad()
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        layers = [module for module in pl_module.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
        if not layers or not is_last_epoch(trainer) or not isinstance(pl_module, QINRAutoencoder):
            return
        momenta = [layer.momentum for layer in layers]
        datamodule = trainer.datamodule  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        with averaged_weights(trainer, pl_module):
            for layer in layers:
                layer.momentum = None  # Every batch counts the same.
            for module in pl_module.modules():  # The layers, and second statistics of theirs.
                if reset := getattr(module, "reset_running_stats", None):
                    reset()
            for images, _ in datamodule.train_dataloader():
                pl_module.count_statistics(images.to(pl_module.device, pl_module.dtype))
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
