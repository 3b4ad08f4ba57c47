"""TensorBoard with the epoch as its step."""

from argparse import Namespace
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from qinr_lightning.errors import SettingError
from qinr_lightning.loggers.dashboard import Dashboard

CURVES = {
    "loss": ["Multiline", ["loss/total", "loss/reconstruction", "loss/kl"]],
    "KL divergence against its target (nats)": ["Multiline", ["loss/kl", "kl/capacity"]],
    "gradient norm before clipping": ["Multiline", ["grad_norm/classical", "grad_norm/quantum"]],
}
"""Curves that belong in one panel, for TensorBoard's page of custom scalars."""


class TensorBoardEpochs(TensorBoardLogger, Dashboard):
    """Lightning's TensorBoardLogger, which counts steps, with epochs counted from 1 in their place."""

    @staticmethod
    def check_installed() -> None:
        """Look whether there is something to write with.

        Raises:
            SettingError: When neither tensorboard nor tensorboardX is installed.
        """
        if find_spec("tensorboard") is None and find_spec("tensorboardX") is None:
            raise SettingError("logger", "tensorboard", "needs pip install qinr-lightning[tensorboard]")

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        super().log_hyperparams(params, *args, **kwargs)
        self.experiment.add_custom_scalars({"training": CURVES})

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        values = dict(metrics)
        if "epoch" in values:
            step = int(values.pop("epoch")) + 1
        super().log_metrics(values, step)

    def show_image(self, name: str, image: Tensor, epoch: int) -> None:
        self.experiment.add_image(name, image, epoch)

    def show_histogram(self, name: str, values: Tensor, epoch: int) -> None:
        self.experiment.add_histogram(name, values, epoch)

    def show_results(self, results: Mapping[str, float | str], epoch: int) -> None:
        rows = (f"| {name} | {value} |" for name, value in results.items())
        self.experiment.add_text("results", "\n".join(["| metric | value |", "| --- | --- |", *rows]), epoch)
        for name, value in results.items():
            if not isinstance(value, str):
                self.experiment.add_scalar(name, value, epoch)
