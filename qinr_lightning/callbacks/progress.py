"""What a run shows: the model's parameters first, then progress, as a bar on a terminal and plain lines elsewhere."""

import sys
import time

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, ProgressBar, RichProgressBar
from lightning.pytorch.callbacks.progress.rich_progress import RichProgressBarTheme
from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console
from rich.table import Table
from torch import nn

from qinr_lightning.models import count_parameters


class EpochLines(ProgressBar):
    """Prints a line every few epochs: losses and the time left.

    Args:
        n_lines: About how many lines a whole run prints.
    """

    def __init__(self, n_lines: int = 10) -> None:
        super().__init__()
        self.n_lines = n_lines
        self._start = 0.0
        self._first_epoch = 0

    def disable(self) -> None:
        """Lightning calls this on all processes but the first."""
        self.n_lines = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start = time.monotonic()
        self._first_epoch = trainer.current_epoch

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._report(trainer, trainer.current_epoch)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._report(trainer, trainer.current_epoch)

    def _report(self, trainer: Trainer, n_done: int) -> None:
        """Losses are complete once an epoch is over, so its line is printed when the next one starts."""
        n_epochs = trainer.max_epochs or -1
        every = max(1, n_epochs // self.n_lines) if self.n_lines else 0
        if not every or n_done == self._first_epoch or (n_done % every and n_done != n_epochs):
            return
        losses = "  ".join(
            f"{name} {float(value):.2f}" for name, value in trainer.callback_metrics.items() if name.startswith("loss/")
        )
        elapsed = time.monotonic() - self._start
        if n_epochs > 0:
            left = elapsed / (n_done - self._first_epoch) * (n_epochs - n_done)
            print(f"epoch {n_done:>{len(str(n_epochs))}}/{n_epochs}  {losses}  {left:.0f} s left", flush=True)
        else:  # Steps or time end the training.
            print(f"epoch {n_done}  {losses}  {elapsed:.0f} s", flush=True)


def progress(enabled: bool = True) -> Callback:
    """A progress bar where the output is a terminal, :class:`EpochLines` where it is a file or a pipe.

    Args:
        enabled: The trainer's ``enable_progress_bar``; without it nothing is shown.
    """
    if not enabled:
        return Callback()
    if sys.stdout.isatty():
        return RichProgressBar(theme=RichProgressBarTheme(metrics_format=".2f"), leave=False)
    return EpochLines()


class ParameterSummary(Callback):
    """Prints how many classical and quantum parameters each part of the model has before training starts."""

    @rank_zero_only
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        Console().print(parameter_table(pl_module))


def parameter_table(model: nn.Module) -> Table:
    """A row for each part of the model that has parameters, and one for their sum."""
    table = Table("part", "module", title=type(model).__name__, title_justify="left")
    table.add_column("classical", justify="right")
    table.add_column("quantum", justify="right")
    for name, part in model.named_children():
        if next(part.parameters(), None) is None:
            continue  # Nothing but statistics.
        counts = count_parameters(part)
        table.add_row(name, type(part).__name__, f"{counts['classical']:,}", f"{counts['quantum']:,}")
    total = count_parameters(model)
    table.add_section()
    table.add_row("all", "", f"{total['classical']:,}", f"{total['quantum']:,}")
    return table
