"""checkpoints/last.ckpt: when it is saved, and what happens when a run is told that it will be ended."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from qinr_lightning.ranges import PositiveInt


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

    def __init__(self, path: str | Path, every_n_epochs: PositiveInt = 5) -> None:
        super().__init__()
        self.path = Path(path)
        self.every_n_epochs = every_n_epochs

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        due = is_last_epoch(trainer) or (trainer.current_epoch + 1) % self.every_n_epochs == 0
        is_dry = trainer.fast_dev_run  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        if due and not is_dry:
            trainer.save_checkpoint(self.path)


class CheckpointOnSignal(Checkpoint):
    """Saves a checkpoint at the end of the epoch in which SIGTERM or SIGUSR2 has come, then lets its handler act.

    SIGUSR2 is submitit's warning before a time limit or a preemption; its handler queues the job again. SIGTERM is what
    Slurm, schedulers of other kinds and users send; Lightning then ends the run. Lightning could queue a job again by
    itself (SIGUSR1), but from the middle of an epoch, where a run does not resume exactly, and unknown to submitit,
    which would count the job as lost.

    Runs in several processes do not save: the signal reaches them in different epochs.

    Args:
        path: The file.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self._handlers: dict[int, Any] = {}
        self._received: tuple[int, FrameType | None] | None = None
        self._saved = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._received, self._saved = None, False
        if trainer.world_size > 1 or threading.current_thread() is not threading.main_thread():
            return
        # Lightning has just set handlers of its own, and sets all of them back when training is over.
        for number in (signal.SIGTERM, signal.SIGUSR2):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._receive)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._received is not None:
            trainer.save_checkpoint(self.path)
            self._saved = True

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # By now the finished epoch has been logged, too. After the last epoch the run may as well end by itself.
        if self._saved and self._received is not None:
            number, frame = self._received
            self._handlers[number](number, frame)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self._received = number, frame
