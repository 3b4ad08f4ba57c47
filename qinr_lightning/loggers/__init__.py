"""Where the numbers of a run go while it runs."""

from qinr_lightning.loggers.csv_history import CSVHistory
from qinr_lightning.loggers.dashboard import Dashboard, dashboards
from qinr_lightning.loggers.tensorboard import TensorBoardEpochs
from qinr_lightning.loggers.wandb import finishing_wandb, wandb_logger

__all__ = [
    "CSVHistory",
    "Dashboard",
    "TensorBoardEpochs",
    "dashboards",
    "finishing_wandb",
    "wandb_logger",
]
