"""The model's parts with their classical and quantum parameters."""

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console
from rich.table import Table
from torch import nn

from qinr_lightning.models import count_parameters


class ParameterSummary(Callback):
    """Prints how many classical and quantum parameters each part of the model has before training starts."""

    @rank_zero_only
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        Console().print(parameter_table(pl_module))


def parameter_table(model: nn.Module) -> Table:
    """A row for each part of the model and one for their sum."""
    table = Table("part", "module", title=type(model).__name__, title_justify="left")
    table.add_column("classical", justify="right")
    table.add_column("quantum", justify="right")
    for name, part in model.named_children():
        counts = count_parameters(part)
        table.add_row(name, type(part).__name__, f"{counts['classical']:,}", f"{counts['quantum']:,}")
    total = count_parameters(model)
    table.add_section()
    table.add_row("all", "", f"{total['classical']:,}", f"{total['quantum']:,}")
    return table
