"""checkpoints/last.ckpt: where an interrupted run goes on."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint


def is_last_epoch(trainer: Trainer) -> bool:
    """Whether training ends with the present epoch."""
    n_done = trainer.current_epoch + 1
    return n_done == trainer.max_epochs or trainer.should_stop or trainer.global_step == trainer.max_steps


class LastCheckpoint(Checkpoint):
    """Keeps one checkpoint, of the last epoch or a few before it.

    Lightning's ModelCheckpoint either writes one in every epoch, a tenth of the time of these small models, or leaves
    out a last epoch whose number does not divide.

    Args:
        path: The file.
        every_n_epochs: Epochs between two checkpoints; the last epoch always has one.
    """

    def __init__(self, path: str | Path, every_n_epochs: Annotated[int, Ge(1)] = 5) -> None:
        super().__init__()
        self.path = Path(path)
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        due = is_last_epoch(trainer) or (trainer.current_epoch + 1) % self.every_n_epochs == 0
        is_dry = trainer.fast_dev_run  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        if due and not is_dry:
            trainer.save_checkpoint(self.path)
