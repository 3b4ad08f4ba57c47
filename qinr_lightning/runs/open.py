"""Open a finished run again: its data and its model."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.errors import SettingError
from qinr_lightning.runs.checkpoints import RUN, check_data, find_checkpoint, load_model, read_checkpoint
from qinr_lightning.runs.folder import CHECKPOINT, CONFIG, PLACES
from qinr_lightning.runs.ownership import check_same_run
from qinr_lightning.runs.trust import ANY, Trust, check_trusted, is_signed


def open_datamodule(run: str | Path, trust: Trust = (), data_dir: str | None = None) -> ClassSubsetDataModule:
    """The data of a run, set up.

    Args:
        run: The run folder.
        trust: Modules, beside this package, whose classes a run of somebody else may name.
        data_dir: Data root, or the folder of one's own images; None is what the run was given, if that is still there,
            else the present ``QINR_DATA_DIR``.

    Raises:
        SettingError: When the data is not there, or the folder's configuration cannot be read or names code that is not
            trusted.
    """
    run = Path(run)
    settings = _settings(run)
    description = settings["dataset"]
    followed = _followed(description, settings, run)
    try:
        check_trusted(followed, run, "run", trust)
    except SettingError:
        # Only then a checkpoint is worth its reading.
        signatures = read_checkpoint(find_checkpoint(run, "run"), "run").get("signatures", {})
        if not is_signed(description, signatures.get("dataset")):
            raise
        check_trusted(followed, run, "run", ANY)
    _check_trained_on(run, settings)
    try:
        datamodule: ClassSubsetDataModule = instantiate(_placed(followed, data_dir), _convert_="all")
    except Exception as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise SettingError("run", run, f"its {CONFIG} describes no data set that can be built ({reason})") from error
    check_data(datamodule, run, "run")
    datamodule.prepare_data()
    datamodule.setup()
    return datamodule


def open_model(run: str | Path, trust: Trust = ()) -> Any:
    """The model of a run with the parameters of its last checkpoint, in evaluation mode, on the CPU.

    PyTorch is left with no more CPU threads than it was trained with.

    Raises:
        SettingError: When there is no checkpoint, it cannot be read, or it names code that is not trusted.
    """
    model = load_model(run, setting="run", trust=trust)
    limit_threads(_settings(Path(run)))
    return model


def limit_threads(settings: Mapping[str, Any]) -> None:
    """Use no more CPU threads than training does, ``callbacks.threads.at_most``.

    The numbers are the same then, and beside other processes several threads can be a hundred times slower than one.

    Args:
        settings: Configuration of a run.
    """
    at_most = OmegaConf.select(OmegaConf.create(dict(settings)), "callbacks.threads.at_most")
    if isinstance(at_most, int) and at_most > 0:
        torch.set_num_threads(min(at_most, torch.get_num_threads()))


def _placed(description: dict[str, Any], data_dir: str | None) -> dict[str, Any]:
    """The description with the data where it is now."""
    holder: Any = description if "root" in description else description.get("source")
    if not isinstance(holder, dict) or "root" not in holder:
        return description
    is_own = holder is description
    if data_dir is not None:
        holder = {**holder, "root": data_dir}
    elif not is_own and not Path(str(holder["root"])).exists():
        holder = {**holder, "root": default_data_dir()}
    return holder if is_own else {**description, "source": holder}


def default_data_dir() -> str:
    """``$QINR_DATA_DIR``, else a folder of the user's."""
    return os.environ.get("QINR_DATA_DIR") or str(Path("~/.cache/qinr_lightning").expanduser())


def _check_trained_on(run: Path, settings: dict[str, Any]) -> None:
    """Look whether the checkpoint was trained with the data that the configuration names.

    Raises:
        SettingError: Naming the first setting that differs, or the file that is of another run.
    """
    if not (run / CHECKPOINT).is_file():
        return
    saved = read_checkpoint(run / CHECKPOINT, "run").get(RUN)
    if not isinstance(saved, dict):
        return  # Of an earlier version, which did not write it down.
    check_same_run(run, CHECKPOINT, saved.get("name"))
    described, trained = _followed(settings["dataset"], settings, run), saved.get("dataset")
    for key, value in _differences(described, trained):
        raise SettingError("run", run, f"its {CONFIG} says dataset.{key}={value}, its {CHECKPOINT} is of other data")


def _differences(described: Any, trained: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(described, dict) and isinstance(trained, dict):
        for key in {**described, **trained}:
            if key not in PLACES:
                yield from _differences(described.get(key), trained.get(key), f"{path}.{key}".lstrip("."))
    elif described != trained and not (isinstance(described, str) and "${" in described):
        yield path, described


def _settings(run: Path) -> dict[str, Any]:
    """The run's configuration as it was written, references and all."""
    try:
        settings: Any = OmegaConf.to_container(OmegaConf.load(run / CONFIG), resolve=False)
    except Exception as error:
        raise SettingError("run", run, f"its {CONFIG} cannot be read ({type(error).__name__})") from error
    if not isinstance(settings, dict) or not isinstance(settings.get("dataset"), dict):
        raise SettingError("run", run, f"its {CONFIG} describes no data set")
    return settings


def _followed(node: Any, settings: Mapping[str, Any], run: Path, n_steps: int = 0) -> Any:
    """Plain references ``${a.b}`` to the same file replaced by what they refer to; all others are left as they are.

    The data root that comes from the environment is that of the present one: the folder's own words are not followed.
    """
    if isinstance(node, dict):
        return {key: _followed(value, settings, run, n_steps) for key, value in node.items()}
    if isinstance(node, list):
        return [_followed(value, settings, run, n_steps) for value in node]
    match = re.fullmatch(r"\$\{([\w.]+)\}", node) if isinstance(node, str) else None
    if match is None:
        return node
    if n_steps > 20:
        raise SettingError("run", run, f"its {CONFIG} has references that lead back to themselves")
    found: Any = settings
    for key in match[1].split("."):
        if not isinstance(found, dict) or key not in found:
            raise SettingError("run", run, f"its {CONFIG} has no {match[1]}, to which it refers")
        found = found[key]
    if match[1] == "paths.data_dir" and isinstance(found, str) and "${" in found:
        return default_data_dir()
    return _followed(found, settings, run, n_steps + 1)
