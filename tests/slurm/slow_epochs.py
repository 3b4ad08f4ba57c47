"""A callback for jobs that the test interrupts: on no machine may they be over before Slurm gets to it."""

import time

from lightning.pytorch import Callback, LightningModule, Trainer


class SlowEpochs(Callback):
    """Makes every epoch last at least some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        time.sleep(self.seconds)
