"""Find and load what a run has saved."""

from pathlib import Path

import torch
from hydra.utils import instantiate

from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRAutoencoder

CHECKPOINT = Path("checkpoints/last.ckpt")
"""Where a run folder keeps its checkpoint."""


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


def load_model(path: str | Path) -> QINRAutoencoder:
    """Build the model that a checkpoint describes and load its parameters, in evaluation mode, on the CPU.

    >>> model = load_model("outputs/2026-01-01/12-00-00")  # doctest: +SKIP

    Args:
        path: A run folder or a checkpoint.

    Raises:
        SettingError: When there is no checkpoint, or it was not written by this package's train command.
    """
    file = find_checkpoint(path, setting="path")
    checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    if not checkpoint.get("config"):
        raise SettingError("path", file, "holds no description of its model; build the model and use load_state_dict")
    model: QINRAutoencoder = instantiate(checkpoint["config"], _convert_="all")
    model.load_state_dict(checkpoint["state_dict"])
    model.config = checkpoint["config"]
    return model.eval()
