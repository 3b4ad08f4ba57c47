"""Where a run will write: looked at before anything is written, and made last."""

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from omegaconf import DictConfig, OmegaConf, flag_override

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import HISTORY, check_free, check_results, is_queued_again
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.resuming import check_resumed

if TYPE_CHECKING:
    from lightning.pytorch import LightningModule

Settings = dict[str, Any]
Kind = Literal["run", "sweep"]


def check_folder(config: DictConfig, settings: Settings, model: "LightningModule", kind: Kind) -> None:
    """Look whether the run may begin, or go on, in its folder.

    Args:
        config: Composed configuration of the run.
        settings: The same as plain Python, all references followed.
        model: As it is composed; where the run goes on, it takes on the parameters of its checkpoint.
        kind: Whether it is a run of its own or a job of a sweep.

    Raises:
        SettingError: When there is a run in the folder already, or the one to resume cannot go on like this.
    """
    from qinr_lightning.runs import check_start, find_start, load_weights, what_ends_training

    folder, resume, overwrite = Path(settings["paths"]["output_dir"]), settings["resume"], settings["overwrite"]
    if not isinstance(overwrite, bool):
        raise SettingError("overwrite", overwrite, "must be true or false")
    if settings["trainer"].get("fast_dev_run") and (overwrite or resume is not None):
        beside = "overwrite" if overwrite else "resume"
        raise SettingError("trainer.fast_dev_run", True, f"would leave nothing of the run that {beside} means")
    if not _is_first_process():
        return
    if resume is None:
        if not overwrite and not is_queued_again(folder) and not ("hydra" in config and _is_dated(config, kind)):
            check_free(folder, f"hydra.{kind}.dir")
        return
    if overwrite:
        raise SettingError("overwrite", overwrite, "would remove the run that resume is to go on with")
    if Path(resume) != folder:
        raise SettingError("resume", resume, "goes on with one run; leave out -m")
    check_resumed(config, settings)
    check_results(folder, "resume", [HISTORY])
    plain: Any = OmegaConf.to_container(config, resolve=False)
    start = find_start(folder, True, what_ends_training(plain))
    check_start(start, folder, settings["trainer"])
    if start.checkpoint is not None:
        load_weights(model, folder, "averaging" in settings["callbacks"])


def check_trains(trainer: Settings, n_batches: int) -> None:
    """Refuse a share of the batches that is less than one.

    Args:
        trainer: The trainer's settings.
        n_batches: Batches of an epoch.

    Raises:
        SettingError: Naming the limit.
    """
    limit = trainer.get("limit_train_batches")
    if isinstance(limit, float) and limit * n_batches < 1:
        raise SettingError(
            "trainer.limit_train_batches", limit, f"must leave a batch of the {n_batches}: nothing would be trained"
        )


def take_new_folder(config: DictConfig, kind: Kind) -> Path:
    """Make the folder of a run or a sweep; one that is named by date and time is nobody else's.

    The last of what comes before a run, so that a mistake leaves nothing behind.

    Args:
        config: Composed configuration, in which the name is changed where another process has taken it.
        kind: Whose folder.

    Raises:
        SettingError: When it cannot be made or written to.
    """
    folder = Path(config.hydra[kind].dir)
    if "${" in str(folder):
        raise SettingError(f"hydra.{kind}.dir", folder, "must have no ${ in it, which Hydra would follow")
    try:
        if not (_is_dated(config, kind) and _is_first_process()):
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = _make_new(folder)
    except OSError as error:
        raise SettingError(f"hydra.{kind}.dir", folder, f"cannot be made ({error.strerror})") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingError(f"hydra.{kind}.dir", folder, "cannot be written to")
    if str(folder) != config.hydra[kind].dir:
        with flag_override(config.hydra, ["readonly", "struct"], [False, False]):
            config.hydra[kind].dir = str(folder)
            # The jobs of a sweep compose their configuration anew.
            config.hydra.overrides.hydra.append(f"hydra.{kind}.dir={quoted(str(folder))}")
    return folder


def _is_dated(config: DictConfig, kind: Kind) -> bool:
    """Whether the folder has the name that is made up from date and time."""
    raw: Any = OmegaConf.to_container(config.hydra[kind], resolve=False)
    return "${now:" in str(raw["dir"])


def _make_new(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    name = folder.name
    for number in itertools.count(2):
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            folder = folder.with_name(f"{name}-{number}")
    raise AssertionError


def _is_first_process() -> bool:
    from lightning.pytorch.utilities import rank_zero_only

    return getattr(rank_zero_only, "rank", 0) == 0
