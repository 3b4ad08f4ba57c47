"""Folders in settings: a relative path means one folder, seen from where the command was started."""

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.quoting import quoted

RECORDED = ("paths.data_dir", "paths.cache_dir", "dataset.root", "dataset.split", "extractor.weights")
"""Settings that are paths and are written into run folders."""
OTHERS = ("run", "out", "runs")
"""The other settings that are paths."""


def place_from(variable: str, setting: str) -> str:
    """The folder that an environment variable names, else ``~/.cache/qinr_lightning``.

    Raises:
        SettingError: Naming ``setting``, when the variable is not set and there is no home folder.
    """
    given = os.environ.get(variable)
    if given:
        return absolute(given)
    try:
        return str(Path("~/.cache/qinr_lightning").expanduser())
    except RuntimeError as error:
        raise SettingError(setting, None, f"must be given, or ${variable} set: there is no home folder") from error


def absolute(path: str) -> str:
    """A path as it was meant where the command was started, wherever the job runs."""
    start = HydraConfig.get().runtime.cwd if HydraConfig.initialized() else os.getcwd()
    return os.path.normpath(Path(start) / Path(path).expanduser())


def check_folder_to_write(setting: str, folder: Path) -> None:
    """Look whether files can be written into a folder, which may have to be made first; nothing is left behind.

    Raises:
        SettingError: Where they cannot.
    """
    try:
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
        for place in missing:
            place.rmdir()
    except OSError as error:
        raise SettingError(setting, folder, f"must be a folder that can be written to ({error.strerror})") from error


def make_absolute(config: DictConfig) -> None:
    """Make the paths that were typed absolute; those that come from the environment are so already."""
    with open_dict(config):
        moved = os.getcwd() != HydraConfig.get().runtime.cwd
        for setting in (*RECORDED, *(OTHERS if moved else ())):
            parent, _, name = setting.rpartition(".")
            node = OmegaConf.select(config, parent) if parent else config
            if not isinstance(node, DictConfig) or name not in node or OmegaConf.is_interpolation(node, name):
                continue
            if OmegaConf.is_missing(node, name):
                continue
            value: Any = node[name]
            if isinstance(value, str) and value:
                node[name] = absolute(value)
            elif OmegaConf.is_list(value):
                node[name] = [absolute(item) if isinstance(item, str) else item for item in value]


def absolute_overrides(overrides: list[str]) -> list[str]:
    """The same overrides with paths that mean the same from any folder."""
    made = []
    for line, override in zip(overrides, OverridesParser.create().parse_overrides(overrides), strict=True):
        value = None if override.is_sweep_override() or override.is_delete() else override.value()
        is_path = override.key_or_group in RECORDED and isinstance(value, str) and "${" not in value
        made.append(f"{line.partition('=')[0]}={quoted(absolute(str(value)))}" if is_path else line)
    return made
