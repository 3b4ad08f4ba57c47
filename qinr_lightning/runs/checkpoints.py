"""Save, find and load the checkpoints of a run."""

import io
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate
from lightning import LightningDataModule
from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO

from qinr_lightning.errors import SettingError
from qinr_lightning.runs.folder import CHECKPOINT, MODEL
from qinr_lightning.runs.old_configs import translated
from qinr_lightning.runs.trust import ANY, Trust, check_trusted, is_signed
from qinr_lightning.runs.whole import write_whole

RUN = "run"
"""In a checkpoint: which run it is of, on what data, and its training time so far."""
GOES_ON_FROM = "goes_on_from"
"""In the checkpoint of a training that ended within an epoch: that of an epoch's end before it; None is the start."""


class RunCheckpoints(CheckpointIO):
    """How Lightning saves and loads the checkpoints of a run: whole or not at all, with what the run is.

    A training that ends within an epoch, by ``max_steps`` or ``max_time``, leaves a model that can be measured but not
    trained on exactly. Its checkpoint has the last one of an epoch's end beside it, and that is where it goes on.

    Args:
        run: What is saved under ``run``: the name of the run, its data and what ends its training.
        earlier_seconds: Training time of earlier parts of the run.
    """

    def __init__(self, run: Mapping[str, Any], earlier_seconds: float = 0.0) -> None:
        self.run = dict(run)
        self.earlier_seconds = earlier_seconds
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Training time of all parts of the run so far."""
        return self.earlier_seconds + time.perf_counter() - self._start

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        path = Path(path)
        content = {**checkpoint, RUN: {**self.run, "seconds": self.seconds}}
        if content.get("in_epoch"):
            content[GOES_ON_FROM] = _end_of_epoch(read_checkpoint(path, "resume")) if path.exists() else None
        buffer = io.BytesIO()
        torch.save(content, buffer)
        write_whole(path, buffer.getvalue())

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        found = _end_of_epoch(read_checkpoint(Path(path), "resume"))
        assert found is not None, "training from the start loads nothing"
        for count in found["loops"]["fit_loop"]["epoch_progress"].values():
            # It is saved when its epoch is over, which Lightning, where max_steps is set, takes for not yet over.
            count["completed"] = count["processed"]
        return found

    def remove_checkpoint(self, path: str | Path) -> None:
        Path(path).unlink(missing_ok=True)


def _end_of_epoch(checkpoint: dict[str, Any]) -> dict[str, Any] | None:
    """The checkpoint that training goes on from exactly; None for the start."""
    found: dict[str, Any] | None = checkpoint.get(GOES_ON_FROM, checkpoint)
    return found


def _file_of(path: str | Path) -> Path:
    """The checkpoint of a run folder, or the file itself."""
    given = Path(path)
    return given / CHECKPOINT if given.is_dir() else given


def check_data(datamodule: LightningDataModule, path: str | Path, setting: str) -> None:
    """Let the data look whether it is that of a checkpoint, as Lightning does when training goes on.

    Args:
        datamodule: The data.
        path: A checkpoint, or a run folder, which need not have one yet.
        setting: What names it.

    Raises:
        SettingError: When it is other data, or the checkpoint cannot be read.
    """
    file = _file_of(path)
    if not file.is_file():
        return
    checkpoint = read_checkpoint(file, setting)
    if (state := checkpoint.get(type(datamodule).__qualname__)) is not None:
        datamodule.load_state_dict(state)


def find_checkpoint(path: str | Path, setting: str = "resume") -> Path:
    """The checkpoint that a path means: the file itself, or the last one of a run folder.

    Raises:
        SettingError: Naming ``setting``, when there is none.
    """
    file = _file_of(path)
    if not file.is_file():
        raise SettingError(
            setting, path, f"must be a checkpoint or a run folder with {CHECKPOINT}; {file} is not there"
        )
    return file


def load_model(path: str | Path, setting: str = "path", trust: Trust = ()) -> Any:
    """Build the model that a checkpoint or an exported file describes and load its parameters.

    It is in evaluation mode, on the CPU.

    >>> model = load_model("outputs/2026-01-01/12-00-00")  # doctest: +SKIP
    >>> model = load_model("model.safetensors")  # doctest: +SKIP

    Args:
        path: A run folder, a checkpoint, what ``export format=safetensors`` has written, or a folder with that.
        setting: What the path is called where it comes from.
        trust: Modules, beside this package, whose classes and functions a file of somebody else may name.

    Raises:
        SettingError: When there is no such file, it was not written by this package's commands, or it names code that
            is not trusted.
    """
    file = _find_model(Path(path), setting)
    config, signature, parameters = _read_model(file, setting)
    if not isinstance(config, dict) or not isinstance(config.get("_target_"), str):
        raise SettingError(setting, file, "holds no description of its model; build the model and use load_state_dict")
    signed = is_signed(config, signature)
    try:
        described = translated(config)
        check_trusted(described, file, setting, ANY if signed else trust)
        model: Any = instantiate(described, _convert_="all")
        # In the precision in which it was trained.
        floats = [value for value in parameters.values() if value.is_floating_point()]
        model.to(floats[0].dtype)
        model.load_state_dict(parameters)
    except SettingError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise SettingError(setting, file, f"describes no model that can be built ({reason})") from error
    model.config = described
    return model.eval()


def export_model(run: Path, file: Path) -> dict[str, Any]:
    """Write the model of a run into one safetensors file, which :func:`load_model` reads without the run.

    Its metadata, texts by name, are ``config``, JSON, and ``signature``, this user's: so that circuits of the user's
    own load as they do from the run.

    Args:
        run: The run folder.
        file: Where it goes.

    Returns:
        The description of the model.

    Raises:
        SettingError: When there is no checkpoint or it cannot be read.
    """
    from safetensors.torch import save

    config, signature, parameters = _read_model(find_checkpoint(run, "run"), "run")
    metadata = {"format": "pt", "config": json.dumps(config)}
    if isinstance(signature, str):
        metadata["signature"] = signature
    # Each with memory of its own, which safetensors asks for.
    write_whole(file, save({name: value.clone().contiguous() for name, value in parameters.items()}, metadata))
    return dict(config)


def _find_model(given: Path, setting: str) -> Path:
    exported = given / MODEL if given.is_dir() and not (given / CHECKPOINT).exists() else given
    return exported if exported.suffix == Path(MODEL).suffix and exported.is_file() else find_checkpoint(given, setting)


def _read_model(file: Path, setting: str) -> tuple[Any, Any, dict[str, Any]]:
    """Description, signature and parameters of a model, from a checkpoint or an exported file."""
    if file.suffix != Path(MODEL).suffix:
        checkpoint = read_checkpoint(file, setting)
        signature = checkpoint.get("signatures", {}).get("model")
        return checkpoint.get("config"), signature, checkpoint["state_dict"]
    from safetensors import safe_open

    try:
        with safe_open(file, framework="pt") as content:
            metadata = content.metadata() or {}
            parameters = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118  (no dict)
            return json.loads(metadata.get("config", "null")), metadata.get("signature"), parameters
    except Exception as error:
        raise SettingError(setting, file, "cannot be read as a model in safetensors format") from error


def read_checkpoint(file: Path, setting: str) -> dict[str, Any]:
    """What a checkpoint holds: tensors and plain Python; nothing in it is executed.

    Raises:
        SettingError: When it cannot be read.
    """
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise SettingError(setting, file, "cannot be read as a checkpoint") from error
    kinds = {"state_dict": dict, "signatures": dict, RUN: dict, "epoch": int, "global_step": int}
    if not isinstance(checkpoint, dict) or "state_dict" not in checkpoint:
        raise SettingError(setting, file, "cannot be read as a checkpoint")
    for name, kind in kinds.items():
        if not isinstance(checkpoint.get(name, kind()), kind):
            raise SettingError(setting, file, f"is no checkpoint of this package: its {name} is no {kind.__name__}")
    return checkpoint
