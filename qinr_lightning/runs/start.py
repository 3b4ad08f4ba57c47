"""Where the training of a run starts: at its beginning, at its checkpoint, or not at all any more."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.checkpoints import GOES_ON_FROM, RUN, read_checkpoint
from qinr_lightning.runs.folder import CHECKPOINT, SHOWN_ONLY
from qinr_lightning.runs.status import is_queued_again

LIMITS = ("max_epochs", "max_steps", "max_time", "min_epochs", "min_steps")
"""Arguments of the trainer that say how long to train."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Start:
    """Where the training of a run starts."""

    checkpoint: Path | None = None
    """What it goes on from."""
    epochs: int = 0
    """How many are done."""
    steps: int = 0
    """How many steps of optimizers are done."""
    seconds: float = 0.0
    """Training time so far."""
    complete: bool = False
    """Whether nothing is left to train; then the checkpoint is the trained model."""


def what_ends_training(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run that say how long it trains: with the same, a complete training is complete.

    Args:
        config: Composed configuration as plain Python, references left as they are.
    """
    callbacks = {name: value for name, value in config["callbacks"].items() if name not in SHOWN_ONLY}
    return {"trainer": {name: config["trainer"].get(name) for name in LIMITS}, "callbacks": callbacks}


def find_start(folder: Path, resume: bool, limits: Mapping[str, Any]) -> Start:
    """Where the training of a run starts: at the beginning unless it goes on.

    Args:
        folder: The run folder.
        resume: Whether the run is to go on, as it is resumed or Slurm has queued it again.
        limits: :func:`what_ends_training`.

    Raises:
        SettingError: When the checkpoint cannot be read.
    """
    file = folder / CHECKPOINT
    if not resume or not file.is_file():
        return Start()
    saved = read_checkpoint(file, "resume")
    run = saved.get(RUN, {})
    seconds = run.get("seconds", 0.0)
    if "ended" in saved:
        complete = saved["ended"] and run.get("limits") == limits
    else:  # Of an earlier version, which knew epochs alone.
        complete = saved["epoch"] + 1 == limits["trainer"]["max_epochs"]
    if complete:
        return Start(file, saved["epoch"] + 1, saved["global_step"], seconds, complete=True)
    point = saved.get(GOES_ON_FROM, saved)
    if point is None:
        return Start()
    return Start(file, point["epoch"] + 1, point["global_step"], point.get(RUN, {}).get("seconds", seconds))


def say_start(start: Start, folder: Path, resume: bool) -> None:
    """Say where a run goes on."""
    why = "queued again by Slurm: " if is_queued_again(folder) else ""
    if start.complete:
        log.info("%straining was complete after epoch %d; measuring %s", why, start.epochs, folder)
    elif start.checkpoint is not None:
        log.info("%sgoing on after epoch %d from %s", why, start.epochs, start.checkpoint)
    elif resume or why:
        log.info("%s%s has no checkpoint of a whole epoch yet: starting at epoch 0", why, folder)


def check_start(start: Start, folder: Path, trainer: Mapping[str, Any]) -> None:
    """Look whether training can go on as long as it is asked to.

    Raises:
        SettingError: When as many epochs or steps have been trained already.
    """
    if start.complete or start.checkpoint is None:
        return
    for name, done, what in (("max_epochs", start.epochs, "epochs"), ("max_steps", start.steps, "steps")):
        limit = trainer.get(name)
        if limit is not None and 0 <= limit <= done:
            raise SettingError(f"trainer.{name}", limit, f"must be more than the {done} {what} of {start.checkpoint}")


def load_weights(model: LightningModule, folder: Path, averaged: bool) -> None:
    """Give a model the parameters of a run's checkpoint, in their precision.

    Args:
        model: As the run's configuration builds it.
        folder: The run folder.
        averaged: Whether an average of the weights is kept.

    Raises:
        SettingError: When they are of another model, or there is an average where none is kept or none where one is.
    """
    file = folder / CHECKPOINT
    saved = read_checkpoint(file, "resume")
    try:
        parameters = saved["state_dict"]
        dtypes = {value.dtype for value in parameters.values() if value.is_floating_point()}
        if len(dtypes) == 1:
            model.to(dtypes.pop())
        model.load_state_dict(parameters)
    except Exception as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise SettingError("resume", folder, f"its checkpoint does not fit this model ({reason})") from error
    if averaged != ("averaging_state" in saved):
        given, other = ("ema", "none") if averaged else ("none", "ema")
        raise SettingError("averaging", given, f"must be {other}, as it was for {file}")
