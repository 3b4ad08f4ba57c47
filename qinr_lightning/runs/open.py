"""Open a finished run again: its data and its model."""

from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.data import ClassSubsetDataModule
from qinr_lightning.runs.checkpoints import load_model
from qinr_lightning.runs.folder import CONFIG


def open_datamodule(run: Path) -> ClassSubsetDataModule:
    """The data of a run, set up; its root is the present ``QINR_DATA_DIR`` unless the run was given another.

    Raises:
        SettingError: When the data is not there.
    """
    datamodule: ClassSubsetDataModule = instantiate(_config(run).dataset, _convert_="all")
    datamodule.prepare_data()
    datamodule.setup()
    return datamodule


def open_model(run: Path) -> Any:
    """The model of a run with the parameters of its last checkpoint, in evaluation mode, on the CPU.

    Raises:
        SettingError: When there is no checkpoint.
    """
    return load_model(run, setting="run")


def _config(run: Path) -> DictConfig:
    config = OmegaConf.load(run / CONFIG)
    assert isinstance(config, DictConfig)
    return config
