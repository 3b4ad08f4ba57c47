"""A run from its settings to its results: what ``python -m qinr_lightning.train`` does once they have been checked."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from hydra.utils import instantiate
from lightning.pytorch.utilities import rank_zero_only
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from qinr_lightning.callbacks import act_on_signal
from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation import Curve, evaluate, example_images
from qinr_lightning.loggers import CSVHistory, dashboards, finishing_wandb
from qinr_lightning.models import Model
from qinr_lightning.paper import system_name
from qinr_lightning.reporting import N_COLUMNS, add_curves, draw_pictures, summary_tables
from qinr_lightning.runs import (
    CONFIG,
    HISTORY,
    METRICS,
    RunCheckpoints,
    Start,
    check_free,
    clear_results,
    clear_run,
    find_start,
    finish_run,
    has_results,
    is_queued_again,
    limit_threads,
    load_weights,
    locked,
    name_of_run,
    new_name,
    read_history,
    read_json,
    read_status,
    recording_status,
    say_start,
    sign,
    versions,
    what_ends_training,
)
from qinr_lightning.seeding import seed_process
from qinr_lightning.settings import (
    changed_settings,
    choices,
    command_of_job,
    record_settings,
    signature_of_settings,
)

log = logging.getLogger(__name__)


def train_run(config: DictConfig) -> float:
    """Train, evaluate and fill the run folder.

    Args:
        config: Composed and checked.

    Returns:
        PSNR on the test split, for sweepers to maximize; NaN for a model that does not reconstruct and after
        ``trainer.fast_dev_run``, which evaluates nothing.

    Raises:
        SettingError: When there is a run in the folder already, which is neither resumed nor overwritten, or
            another process is at work in it.
    """
    folder = Path(config.paths.output_dir)
    unresolved: Any = OmegaConf.to_container(config, resolve=False)
    goes_on = config.resume is not None or is_queued_again(folder)
    start = find_start(folder, goes_on, what_ends_training(unresolved))
    if getattr(rank_zero_only, "rank", 0) != 0:
        # One of several processes keeps the record.
        with finishing_wandb():
            return _train(config, folder, None, start)
    with locked(folder, "hydra.run.dir"):
        if not goes_on:
            if config.overwrite:
                clear_run(folder)
            check_free(folder, "hydra.run.dir")
        # Another process may have been at work until now.
        start = find_start(folder, goes_on, what_ends_training(unresolved))
        status = read_status(folder)
        finished = status is not None and status.state == "finished" and has_results(folder)
        if start.complete and finished and _is_measured_as(unresolved, folder):
            log.info("%s: nothing is left to do, all %d epochs are trained and measured", folder, start.epochs)
            return float(read_json(folder / METRICS).get("test/psnr", "nan"))
        with _recording(config, folder) as run, finishing_wandb():
            say_start(start, folder, goes_on)
            return _train(config, folder, run, start)


def _is_measured_as(settings: dict[str, Any], folder: Path) -> bool:
    """Whether the results of the run in a folder are of the extractor and the curve that are asked for."""
    before: Any = OmegaConf.to_container(OmegaConf.load(folder / CONFIG), resolve=False)
    return all(settings[name] == before.get(name) for name in ("extractor", "curve"))


@contextmanager
def _recording(config: DictConfig, folder: Path) -> Iterator[str]:
    """What the run is and how far it has come is written down; the block gets its name, the same in all its parts."""
    run = name_of_run(folder) or new_name()
    clear_results(folder)
    record_settings(folder, config)
    with recording_status(folder, command_of_job("train", folder), run, signature_of_settings()):
        yield run


def _train(config: DictConfig, folder: Path, run: str | None, start: Start) -> float:
    # The versions too: of the files that are imported now, which may change while it trains.
    composed = {"choices": choices(), "changed": changed_settings(config), "versions": versions()}
    settings: Any = OmegaConf.to_container(config, resolve=True)
    unresolved: Any = OmegaConf.to_container(config, resolve=False)
    seed_process(config.seed)
    datamodule: ClassSubsetDataModule = instantiate(config.dataset, _convert_="all")
    model: Model = instantiate(config.model, _convert_="all")
    model.config = settings["model"]
    # What this user has composed may name modules of the user's own, and be opened again.
    model.signatures = {"model": sign(settings["model"]), "dataset": sign(unresolved["dataset"])}
    limits = what_ends_training(unresolved)
    checkpoints = RunCheckpoints({"name": run, "dataset": settings["dataset"], "limits": limits}, start.seconds)
    trainer: pl.Trainer = instantiate(
        config.trainer,
        logger=[CSVHistory(folder), *filter(None, instantiate(config.logger, _convert_="all").values())],
        callbacks=list(instantiate(config.callbacks, _convert_="all").values()),
        plugins=[checkpoints],
        _convert_="all",
    )
    for logger in trainer.loggers:
        logger.log_hyperparams(settings)

    if start.complete:
        _restore(model, datamodule, folder, settings)
        epochs, seconds = start.epochs, start.seconds
    else:
        trainer.fit(model, datamodule, ckpt_path=start.checkpoint)
        act_on_signal(trainer)
        epochs, seconds = trainer.current_epoch, checkpoints.seconds
    if config.trainer.fast_dev_run:
        log.info("fast_dev_run: one batch went through; nothing is evaluated or written")
        return float("nan")
    if not trainer.is_global_zero:
        return float("nan")  # One of several processes writes the results.
    if not start.complete and trainer.global_step <= start.steps:
        raise SettingError("trainer.max_time", config.trainer.max_time, "was over before anything was trained")

    metrics = evaluate(model, datamodule, extractor=instantiate(config.extractor, _convert_="all"))
    metrics |= _last_losses(folder) | {"seed": config.seed, "epochs": epochs, "time/fit_seconds": seconds}
    facts = {"dataset": datamodule.source.name, "label": datamodule.label_name, "model": type(model).__name__}
    described = {**facts, "images": datamodule.source.description, **composed}
    finish_run(folder, run, described, metrics, example_images(model, datamodule, N_COLUMNS, 5 * N_COLUMNS))
    for dashboard in dashboards(trainer):
        dashboard.show_results({**facts, **metrics}, epochs)
    draw_pictures(folder, f"{system_name(composed['choices'])}, {facts['dataset']} {facts['label']}")
    for table in summary_tables(metrics):
        Console().print(table)
    curve: Curve | None = instantiate(config.curve, _convert_="all")
    if curve is not None:
        add_curves(folder, [curve.measure(model, datamodule)])
    log.info("written to %s: %s", folder, ", ".join(sorted(path.name for path in folder.iterdir())))
    return metrics.get("test/psnr", float("nan"))


def _restore(model: Model, datamodule: ClassSubsetDataModule, folder: Path, settings: dict[str, Any]) -> None:
    """The model and the data as they are when training has ended."""
    limit_threads(settings)
    datamodule.prepare_data()
    datamodule.setup()
    load_weights(model, folder, "averaging" in settings["callbacks"])


def _last_losses(folder: Path) -> dict[str, float]:
    last_rows = read_history(folder / HISTORY)[-1:]
    return {name: value for row in last_rows for name, value in row.items() if name.startswith("loss/")}
