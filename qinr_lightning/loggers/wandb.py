"""Weights & Biases, offline where it cannot be online."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import Logger, WandbLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from qinr_lightning.loggers.dashboard import Dashboard
from qinr_lightning.runs import is_requeued

if TYPE_CHECKING:
    from wandb import Run

log = logging.getLogger(__name__)


@contextmanager
def finishing_wandb() -> Iterator[None]:
    """Finish the W&B run that the block started, if it did, with status 1 if the block fails.

    Otherwise the next job of a sweep would go on writing to it.
    """
    exit_code = 1
    try:
        yield
        exit_code = 0
    finally:
        wandb = sys.modules.get("wandb")
        if wandb is not None and wandb.run is not None:
            wandb.finish(exit_code=exit_code)


class WandbEpochs(WandbLogger, Dashboard):
    """Lightning's WandbLogger, which counts steps, with epochs counted from 1 in their place.

    A run that the server does not take is recorded offline.
    """

    @property
    @rank_zero_experiment
    def experiment(self) -> "Run":
        is_new = self._experiment is None
        run: Run = self._start()
        if is_new:
            run.define_metric("epoch", hidden=True)
            run.define_metric("*", step_metric="epoch", step_sync=True)
        return run

    def _start(self) -> Any:
        import wandb

        try:
            return super().experiment
        except wandb.errors.Error as error:
            self._wandb_init["mode"] = "offline"
            log.warning("W&B: %s", " ".join(str(error).split()))
            _say_how_to_sync(self.save_dir)
            return super().experiment

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        values = dict(metrics)
        if "epoch" in values:
            values["epoch"] = int(values["epoch"]) + 1
        super().log_metrics(values, step)

    def show_image(self, name: str, image: Tensor, epoch: int) -> None:
        import wandb

        # As bytes: wandb would guess the range of floats.
        pixels = image.mul(255).round().byte().permute(1, 2, 0).numpy()
        self.experiment.log({name: wandb.Image(pixels), "epoch": epoch})

    def show_histogram(self, name: str, values: Tensor, epoch: int) -> None:
        import wandb

        self.experiment.log({name: wandb.Histogram(values.flatten().tolist()), "epoch": epoch})

    def show_results(self, results: Mapping[str, float | str], epoch: int) -> None:
        import wandb

        table = wandb.Table(columns=list(results), data=[list(results.values())])
        self.experiment.log({"results": table, "epoch": epoch})
        self.experiment.summary.update(dict(results))


def wandb_logger(
    save_dir: str,
    offline: bool = False,
    project: str | None = None,
    entity: str | None = None,
    name: str | None = None,
    group: str | None = None,
    tags: Sequence[str] = (),
    **options: Any,
) -> Logger | None:
    """A logger for W&B, which never keeps a run from training; None, with a warning, where wandb is not installed.

    It records offline, and says how to sync, when no API key is configured or the server does not take the run. A job
    that Slurm has queued again goes on with its W&B run.

    Args:
        save_dir: The run folder; wandb makes its folder in it.
        offline: Record offline in any case.
        project: W&B's project; None leaves it to wandb, as with the other names.
        entity: User or team.
        name: Of the run.
        group: Of the runs that belong together.
        tags: Of the run.
        options: Further arguments of WandbLogger and ``wandb.init``.
    """
    try:
        import wandb
    except ImportError as error:
        log.warning("W&B: %s; this run is recorded without it", error)
        return None

    given = {"project": project, "entity": entity, "name": name, "group": group, "tags": list(tags) or None}
    options |= {argument: value for argument, value in given.items() if value is not None}
    if not offline and not wandb.api.api_key:
        offline = True
        log.info("W&B: no API key is configured")
        _say_how_to_sync(save_dir)
    if offline:
        # WandbLogger's own way is an environment variable, which is not read again once wandb has been used.
        options["mode"] = "offline"
    started = sorted(Path(save_dir).glob("wandb/*run-*-*"))
    if is_requeued() and started:
        options["id"] = started[-1].name.rpartition("-")[2]
    return WandbEpochs(save_dir=save_dir, offline=offline, **options)


def _say_how_to_sync(save_dir: str | None) -> None:
    log.info("W&B: recording offline; to sync: wandb sync %s/wandb/offline-run-*", save_dir)
