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
from torch import Tensor

from qinr_lightning.checkpoints import checkpoint_to_resume
from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.evaluation import evaluate, example_images
from qinr_lightning.loggers import CSVHistory, dashboards, finishing_wandb, read_history
from qinr_lightning.reporting import (
    draw_losses,
    draw_rows,
    draw_samples,
    recording_status,
    summary_tables,
    system_name,
    versions,
    write_examples,
    write_json,
)
from qinr_lightning.settings import changed_settings, choices, command_of_job, run_command

N_COLUMNS = 10
"""Images in a row of the pictures."""

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
    model: pl.LightningModule = instantiate(config.model, _convert_="all")
    model.config = settings["model"]
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

    history = read_history(folder / "metrics.csv")
    metrics = evaluate(model, datamodule, extractor=instantiate(config.extractor, _convert_="all"))
    metrics |= {name: value for row in history[-1:] for name, value in row.items() if name.startswith("loss/")}
    metrics |= {"epochs": trainer.current_epoch, "time/fit_seconds": seconds}
    write_json(folder / "metrics.json", metrics)
    run = {"dataset": datamodule.source.name, "label": datamodule.label_name, "model": type(model).__name__}
    write_json(
        folder / "run.json",
        {
            **run,
            "images": datamodule.source.description,
            **composed,
            "versions": versions(),
        },
    )
    for dashboard in dashboards(trainer):
        dashboard.show_results({**run, **metrics}, trainer.current_epoch)
    examples = example_images(model, datamodule, N_COLUMNS, 5 * N_COLUMNS)
    write_examples(folder, examples)
    title = f"{system_name(composed['choices'])}, {datamodule.source.name} {datamodule.label_name}"
    draw_pictures(title, history, examples, folder)
    for table in summary_tables(metrics):
        Console().print(table)
    log.info("written to %s: %s", folder, ", ".join(sorted(path.name for path in folder.iterdir())))
    return metrics.get("test/psnr", float("nan"))


def draw_pictures(title: str, history: list[dict[str, float]], examples: dict[str, Tensor], folder: Path) -> None:
    """losses.png and, where the model can, reconstructions.png and samples.png."""
    draw_losses(history, folder / "losses.png", title)
    rows = {name.replace("_", " "): images for name, images in examples.items() if name != "samples"}
    if rows:
        draw_rows(rows, folder / "reconstructions.png", title)
    if "samples" in examples:
        draw_samples(examples["samples"], N_COLUMNS, folder / "samples.png", f"{title}, samples from the prior")


if __name__ == "__main__":
    run_command(train, "train")
