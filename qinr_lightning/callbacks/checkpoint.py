"""checkpoints/last.ckpt: when it is saved, and what happens when a run is told that it will be ended."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

from qinr_lightning.loggers import CSVHistory
from qinr_lightning.ranges import PositiveInt


def is_last_epoch(trainer: Trainer) -> bool:
    """Whether training ends with the present epoch."""
    n_done = trainer.current_epoch + 1
    may_stop = n_done >= (trainer.min_epochs or 0) and trainer.global_step >= (trainer.min_steps or 0)
    return (
        n_done == trainer.max_epochs
        or (trainer.should_stop and may_stop)
        or 0 <= trainer.max_steps <= trainer.global_step
    )


def is_in_epoch(trainer: Trainer) -> bool:
    """Whether batches of the present epoch are left, such as when ``max_steps`` or ``max_time`` ends the training."""
    return trainer.fit_loop.epoch_loop.batch_idx + 1 < trainer.num_training_batches


def _save(trainer: Trainer, path: Path) -> None:
    """Save a checkpoint of the present epoch, after its row of ``metrics.csv``.

    Lightning logs an epoch after it has called its callbacks. A run that is killed in between would go on with the next
    epoch, and never have the row.
    """
    # In every process: where there are several, this is where they average what they have logged.
    logged = {name: float(value) for name, value in trainer.logged_metrics.items()}
    for logger in trainer.loggers:
        if isinstance(logger, CSVHistory):
            logger.log_metrics({**logged, "epoch": trainer.current_epoch})
    trainer.save_checkpoint(path)


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

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Training goes on with an epoch's first batch; where max_steps is set Lightning looks for the rest of an epoch.
        trainer.fit_loop.epoch_loop.restarting = False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        due = is_last_epoch(trainer) or (trainer.current_epoch + 1) % self.every_n_epochs == 0
        is_dry = trainer.fast_dev_run  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        if due and not is_dry:
            _save(trainer, self.path)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        checkpoint["ended"] = is_last_epoch(trainer)
        checkpoint["in_epoch"] = is_in_epoch(trainer)


class CheckpointOnSignal(Checkpoint):
    """Saves a checkpoint at the end of the epoch in which a signal has come, then lets the signal's handler act.

    SIGINT is Ctrl-C, and a second one acts at once; SIGHUP comes when a terminal is closed. SIGUSR2 is submitit's
    warning before a time limit or a preemption; its handler queues the job again. SIGTERM is what Slurm, schedulers of
    other kinds and users send. Lightning could queue a job again by itself (SIGUSR1), but from the middle of an epoch,
    where a run does not resume exactly, and unknown to submitit, which would count the job as lost.

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
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR2):
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._receive)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._received is not None:
            _save(trainer, self.path)
            self._saved = True

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # By now the finished epoch has been logged, too.
        if self._saved and self._received is not None:
            number, frame = self._received
            self._handlers[number](number, frame)

    @property
    def received(self) -> int | None:
        """The last signal that has come."""
        return None if self._received is None else self._received[0]

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self._received is not None and self._received[0] == number:
                self._handlers[number](number, frame)
            # Not by print, which may be what the signal has interrupted.
            os.write(2, b"stopping at the end of this epoch; Ctrl-C once more stops at once\n")
        self._received = number, frame


def act_on_signal(trainer: Trainer) -> None:
    """Let a signal act that has come in the last epoch: its checkpoint is saved, the usual handlers are back."""
    for callback in trainer.callbacks:  # type: ignore[attr-defined]  # Lightning sets it without declaring it.
        if isinstance(callback, CheckpointOnSignal) and callback.received is not None:
            signal.raise_signal(callback.received)
