"""How many CPU threads PyTorch uses."""

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from qinr_lightning.ranges import PositiveInt


class CPUThreads(Callback):
    """Keeps PyTorch from taking all cores of a large machine, which slows models of this size down.

    Args:
        at_most: Upper bound; what PyTorch found (cores, ``OMP_NUM_THREADS``) holds where it is lower.
    """

    def __init__(self, at_most: PositiveInt = 1) -> None:
        super().__init__()
        self.at_most = at_most

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        torch.set_num_threads(min(self.at_most, torch.get_num_threads()))
