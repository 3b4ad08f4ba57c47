"""metrics.csv: one row an epoch."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

from qinr_lightning.runs import HISTORY, read_history, write_history


class CSVHistory(Logger):
    """Writes what is logged at the end of every epoch to ``metrics.csv``; its epochs count from 1.

    Lightning's CSVLogger starts the file anew when a run is resumed; this one keeps the epochs before the checkpoint.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self.path = Path(folder) / HISTORY
        self._rows: dict[int, dict[str, Any]] | None = None

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Nothing: the composed configuration lies beside the file."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        epoch = int(metrics["epoch"]) + 1
        if self._rows is None:
            earlier = {int(row["epoch"]): row for row in read_history(self.path)}
            self._rows = {number: row | {"epoch": number} for number, row in earlier.items() if number < epoch}
        row = self._rows.setdefault(epoch, {})
        # Lightning logs in float32, which has seven digits.
        row.update({**{name: float(f"{value:.7g}") for name, value in metrics.items()}, "epoch": epoch})
        write_history(self.path, self._rows.values())
