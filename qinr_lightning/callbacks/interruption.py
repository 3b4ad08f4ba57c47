"""What happens when a run is told that it will be ended."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint


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
