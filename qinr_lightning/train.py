"""Train a model: ``python -m qinr_lightning.train dataset=fashion model=vae``."""

import logging
import time
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from qinr_lightning.checkpoints import find_checkpoint
from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.evaluation import evaluate
from qinr_lightning.loggers import CSVHistory, finishing_wandb, read_history
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.objectives import to_unit_interval
from qinr_lightning.reporting import draw_losses, draw_rows, draw_samples, summary_table, versions, write_json
from qinr_lightning.seeding import generator
from qinr_lightning.settings import run_command

N_COLUMNS = 10
"""Images in a row of the pictures."""

log = logging.getLogger(__name__)


@finishing_wandb()
def train(config: DictConfig) -> float:
    """Train, evaluate and fill the run folder.

    Returns:
        PSNR on the test split, for sweepers to maximize; NaN after ``trainer.fast_dev_run``, which writes nothing.
    """
    folder = Path(config.paths.output_dir)
    settings: Any = OmegaConf.to_container(config, resolve=True)
    pl.seed_everything(config.seed, verbose=False)
    datamodule: ClassSubsetDataModule = instantiate(config.dataset, _convert_="all")
    model: QINRAutoencoder = instantiate(config.model, _convert_="all")
    model.config = settings["model"]
    trainer: pl.Trainer = instantiate(
        config.trainer,
        logger=[CSVHistory(folder), *instantiate(config.logger, _convert_="all").values()],
        callbacks=list(instantiate(config.callbacks, _convert_="all").values()),
        _convert_="all",
    )
    for logger in trainer.loggers:
        logger.log_hyperparams(settings)

    start = time.perf_counter()
    trainer.fit(model, datamodule, ckpt_path=None if config.resume is None else find_checkpoint(config.resume))
    seconds = time.perf_counter() - start
    if config.trainer.fast_dev_run:
        log.info("fast_dev_run: one batch went through; nothing is evaluated or written")
        return float("nan")
    if not trainer.is_global_zero:
        return float("nan")  # One of several processes writes the results.

    history = read_history(folder / "metrics.csv")
    metrics = evaluate(model, datamodule)
    metrics |= {name: value for row in history[-1:] for name, value in row.items() if name.startswith("loss/")}
    metrics |= {"epochs": trainer.current_epoch, "time/fit_seconds": seconds}
    write_json(folder / "metrics.json", metrics)
    run = {"dataset": datamodule.source.name, "label": datamodule.label_name, "model": type(model).__name__}
    write_json(folder / "run.json", {**run, "versions": versions()})
    draw_pictures(model, datamodule, history, folder)
    Console().print(summary_table(metrics))
    log.info("written to %s: %s", folder, ", ".join(sorted(path.name for path in folder.iterdir())))
    return metrics["test/psnr"]


@torch.inference_mode()
def draw_pictures(
    model: QINRAutoencoder, datamodule: ClassSubsetDataModule, history: list[dict[str, float]], folder: Path
) -> None:
    """losses.png, reconstructions.png and, from a generative model, samples.png."""
    title = f"{type(model).__name__}, {datamodule.source.name} {datamodule.label_name}"
    draw_losses(history, folder / "losses.png", title)
    rows: dict[str, torch.Tensor] = {}
    for split, loader in datamodule.evaluation_loaders().items():
        images = next(iter(loader))[0][:N_COLUMNS].to(model.device)
        rows |= {f"{split} images": to_unit_interval(images), f"{split} reconstructions": model(images)}
    draw_rows(rows, folder / "reconstructions.png", title)
    if isinstance(model, QINRVAE):
        samples = model.sample(5 * N_COLUMNS, generator(model.seed, "samples"))
        draw_samples(samples, N_COLUMNS, folder / "samples.png", f"{title}, samples from the prior")


if __name__ == "__main__":
    run_command(train, "train")
