"""Averaging of a model's weights over the steps of its training."""

from collections.abc import Iterator
from contextlib import contextmanager

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EMAWeightAveraging, WeightAveraging

from qinr_lightning.ranges import BelowOne, PositiveInt


class EMA(EMAWeightAveraging):
    """Lightning's exponential moving average of the weights: the average is what is evaluated, saved and sampled from.

    A checkpoint has the average as the model's weights and beside it what training goes on with.

    Args:
        decay: Weight of the average so far in each update.
        update_every_n_steps: Steps of an optimizer between two updates.
    """

    def __init__(self, decay: BelowOne = 0.99, update_every_n_steps: PositiveInt = 1) -> None:
        super().__init__(decay=decay, update_every_n_steps=update_every_n_steps)


@contextmanager
def averaged_weights(trainer: Trainer, model: LightningModule) -> Iterator[None]:
    """Inside, the model has its averaged weights and buffers, where an average is kept, as in validation."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
    averages = [callback for callback in callbacks if isinstance(callback, WeightAveraging)]
    for average in averages:
        average.on_validation_epoch_start(trainer, model)
    try:
        yield
    finally:
        for average in averages:
            average.on_validation_epoch_end(trainer, model)
