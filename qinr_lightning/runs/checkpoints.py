"""Find and load what a run has saved."""

import logging
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from lightning.pytorch import LightningModule

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import CHECKPOINT
from qinr_lightning.runs.old_configs import translated
from qinr_lightning.runs.slurm import is_requeued
from qinr_lightning.runs.trust import ANY, Trust, check_trusted, is_signed

log = logging.getLogger(__name__)


def find_checkpoint(path: str | Path, setting: str = "resume") -> Path:
    """The checkpoint that a path means: the file itself, or the last one of a run folder.

    Raises:
        SettingError: Naming ``setting``, when there is none.
    """
    given = Path(path)
    file = given / CHECKPOINT if given.is_dir() else given
    if not file.is_file():
        raise SettingError(
            setting, path, f"must be a checkpoint or a run folder with {CHECKPOINT}; {file} is not there"
        )
    return file


def checkpoint_to_resume(resume: str | None, folder: Path) -> Path | None:
    """Where a run starts from: its own checkpoint if Slurm has queued it again, else what ``resume`` names, if that.

    Args:
        resume: A run folder or a checkpoint.
        folder: The folder of the run that starts.
    """
    own = folder / CHECKPOINT
    if is_requeued() and own.is_file():
        epoch = torch.load(own, map_location="cpu", weights_only=True)["epoch"] + 1
        log.info("queued again by Slurm: going on after epoch %d from %s", epoch, own)
        return own
    return None if resume is None else find_checkpoint(resume)


def check_resumable(path: str | Path, model: LightningModule, max_epochs: int, averaged: bool = False) -> None:
    """Look whether training can go on from a checkpoint.

    Args:
        path: A run folder or a checkpoint.
        model: The model that is to be trained; it takes on the checkpoint's parameters.
        max_epochs: Epochs after which training ends, -1 for never.
        averaged: Whether an average of the weights is to be kept.

    Raises:
        SettingError: When there is no checkpoint, it cannot be read, it is of another model, it has an average where
            none is to be kept or none where one is, or nothing is left to do.
    """
    file = find_checkpoint(path)
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
        model.load_state_dict(checkpoint["state_dict"])
    except Exception as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise SettingError("resume", path, f"does not fit this model ({reason})") from error
    if averaged != ("averaging_state" in checkpoint):
        given, other = ("ema", "none") if averaged else ("none", "ema")
        raise SettingError("averaging", given, f"must be {other}, as it was for {file}")
    if 0 <= max_epochs <= checkpoint["epoch"] + 1:
        raise SettingError(
            "trainer.max_epochs", max_epochs, f"must be more than the {checkpoint['epoch'] + 1} epochs of {file}"
        )


def load_model(path: str | Path, setting: str = "path", trust: Trust = ()) -> Any:
    """Build the model that a checkpoint describes and load its parameters, in evaluation mode, on the CPU.

    >>> model = load_model("outputs/2026-01-01/12-00-00")  # doctest: +SKIP

    Args:
        path: A run folder or a checkpoint.
        setting: What the path is called where it comes from.
        trust: Modules, beside this package, whose classes and functions a checkpoint of somebody else may name.

    Raises:
        SettingError: When there is no checkpoint, it was not written by this package's train command, or it names code
            that is not trusted.
    """
    file = find_checkpoint(path, setting)
    checkpoint = read_checkpoint(file, setting)
    config = checkpoint.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("_target_"), str):
        raise SettingError(setting, file, "holds no description of its model; build the model and use load_state_dict")
    signed = is_signed(config, checkpoint.get("signatures", {}).get("model"))
    try:
        described = translated(config)
        check_trusted(described, file, setting, ANY if signed else trust)
        model: Any = instantiate(described, _convert_="all")
        model.load_state_dict(checkpoint["state_dict"])
    except SettingError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise SettingError(setting, file, f"describes no model that can be built ({reason})") from error
    model.config = described
    return model.eval()


def read_checkpoint(file: Path, setting: str) -> dict[str, Any]:
    """What a checkpoint holds: tensors and plain Python; nothing in it is executed.

    Raises:
        SettingError: When it cannot be read.
    """
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise SettingError(setting, file, "cannot be read as a checkpoint") from error
    if not isinstance(checkpoint, dict):
        raise SettingError(setting, file, "cannot be read as a checkpoint")
    return checkpoint
