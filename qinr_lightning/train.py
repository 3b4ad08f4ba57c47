"""Train a model: ``python -m qinr_lightning.train dataset=fashion model=vae``."""

import logging
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from hydra.utils import instantiate
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.evaluation import evaluate, example_images
from qinr_lightning.loggers import CSVHistory, dashboards, finishing_wandb
from qinr_lightning.models import Model
from qinr_lightning.paper import system_name
from qinr_lightning.reporting import N_COLUMNS, draw_pictures, summary_tables
from qinr_lightning.runs import HISTORY, checkpoint_to_resume, finish_run, read_history, recording_status, sign
from qinr_lightning.settings import changed_settings, choices, command_of_job, run_command

log = logging.getLogger(__name__)


def train(config: DictConfig) -> float:
    """Train, evaluate and fill the run folder.

    Returns:
        PSNR on the test split, for sweepers to maximize; NaN for a model that does not reconstruct and after
        ``trainer.fast_dev_run``, which evaluates nothing.
    """
    folder = Path(config.paths.output_dir)
    # One of several processes keeps the record.
    first = getattr(rank_zero_only, "rank", 0) == 0
    record = recording_status(folder, command_of_job("train", folder)) if first else nullcontext()
    with record, finishing_wandb():
        return _train(config, folder)


def _train(config: DictConfig, folder: Path) -> float:
    composed = {"choices": choices(), "changed": changed_settings(config)}
    settings: Any = OmegaConf.to_container(config, resolve=True)
    pl.seed_everything(config.seed, verbose=False)
    datamodule: ClassSubsetDataModule = instantiate(config.dataset, _convert_="all")
    model: Model = instantiate(config.model, _convert_="all")
    model.config = settings["model"]
    # What this user has composed may name modules of the user's own, and be opened again.
    unresolved: Any = OmegaConf.to_container(config.dataset, resolve=False)
    model.signatures = {"model": sign(settings["model"]), "dataset": sign(unresolved)}
    trainer: pl.Trainer = instantiate(
        config.trainer,
        logger=[CSVHistory(folder), *filter(None, instantiate(config.logger, _convert_="all").values())],
        callbacks=list(instantiate(config.callbacks, _convert_="all").values()),
        _convert_="all",
    )
    for logger in trainer.loggers:
        logger.log_hyperparams(settings)

    start = time.perf_counter()
    trainer.fit(model, datamodule, ckpt_path=checkpoint_to_resume(config.resume, folder))
    seconds = time.perf_counter() - start
    if config.trainer.fast_dev_run:
        log.info("fast_dev_run: one batch went through; nothing is evaluated or written")
        return float("nan")
    if not trainer.is_global_zero:
        return float("nan")  # One of several processes writes the results.

    metrics = evaluate(model, datamodule, extractor=instantiate(config.extractor, _convert_="all"))
    metrics |= _last_losses(folder) | {"epochs": trainer.current_epoch, "time/fit_seconds": seconds}
    run = {"dataset": datamodule.source.name, "label": datamodule.label_name, "model": type(model).__name__}
    facts = {**run, "images": datamodule.source.description, **composed}
    finish_run(folder, facts, metrics, example_images(model, datamodule, N_COLUMNS, 5 * N_COLUMNS))
    for dashboard in dashboards(trainer):
        dashboard.show_results({**run, **metrics}, trainer.current_epoch)
    draw_pictures(folder, f"{system_name(composed['choices'])}, {run['dataset']} {run['label']}")
    for table in summary_tables(metrics):
        Console().print(table)
    log.info("written to %s: %s", folder, ", ".join(sorted(path.name for path in folder.iterdir())))
    return metrics.get("test/psnr", float("nan"))


def _last_losses(folder: Path) -> dict[str, float]:
    last_rows = read_history(folder / HISTORY)[-1:]
    return {name: value for row in last_rows for name, value in row.items() if name.startswith("loss/")}


if __name__ == "__main__":
    run_command(train, "train")
