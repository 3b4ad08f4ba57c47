"""Check a whole command before anything is written or loaded."""

import os
import sys
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import InstantiationException
from hydra.experimental.callback import Callback
from hydra.utils import instantiate
from lightning.fabric.utilities.exceptions import MisconfigurationException
from omegaconf import DictConfig, OmegaConf, open_dict

from qinr_lightning.checkpoints import find_checkpoint
from qinr_lightning.errors import SettingError
from qinr_lightning.settings.messages import explain, name_setting
from qinr_lightning.settings.signatures import check_values


def check(config: DictConfig) -> None:
    """Build everything that costs nothing to build and look whether the data is there.

    Args:
        config: Composed configuration of one training run, Hydra's own node included.

    Raises:
        SettingError: For the first setting that cannot be used.
    """
    settings = _resolved(config)
    for mistake in check_values(settings):
        raise mistake
    _check_folder(Path(settings["paths"]["output_dir"]))
    if settings["resume"] is not None:
        find_checkpoint(settings["resume"])
    try:
        instantiate(config.model)
        datamodule = instantiate(config.dataset, _convert_="all")
        instantiate(config.trainer, logger=False, enable_checkpointing=False, enable_progress_bar=False)
    except InstantiationException as error:
        if isinstance(error.__cause__, MisconfigurationException | ValueError) and "Trainer" in str(error):
            raise SettingError("trainer", "", " ".join(str(error.__cause__).split())) from error
        raise name_setting(error, config) from error
    datamodule.prepare_data()


def _resolved(config: DictConfig) -> dict[str, Any]:
    """The settings as plain Python, all references followed."""
    HydraConfig.instance().set_config(config)
    settings = OmegaConf.create({key: node for key, node in config.items_ex(resolve=False) if key != "hydra"})
    plain: Any = OmegaConf.to_container(settings, resolve=True, throw_on_missing=True)
    return dict(plain)


def _check_folder(folder: Path) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise SettingError("hydra.run.dir", folder, f"cannot be written, {existing} does not allow it")


class CheckSettings(Callback):
    """Hydra callback that checks every job of a command before the first run folder is made.

    It leaves with exit status 2 and one line on stderr.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        self._check_or_leave(config, config.hydra.run.dir, [])

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        if "BasicSweeper" not in config.hydra.sweeper._target_:
            return  # Other sweepers choose the jobs while they run; every job is checked when it starts.
        for overrides in _jobs(list(config.hydra.overrides.task)):
            try:
                job = compose(
                    kwargs["config_name"], [*config.hydra.overrides.hydra, *overrides], return_hydra_config=True
                )
            except Exception as error:
                _leave(error, overrides)
            self._check_or_leave(job, config.hydra.sweep.dir, overrides)

    def _check_or_leave(self, config: DictConfig, output_dir: str, overrides: list[str]) -> None:
        config = config.copy()
        with open_dict(config):
            config.hydra.runtime.output_dir = str(Path(output_dir).absolute())
        try:
            check(config)
        except Exception as error:
            _leave(error, overrides)


def _jobs(overrides: list[str]) -> list[list[str]]:
    """The jobs that Hydra's basic sweeper makes of the overrides of a multirun."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    parsed = OverridesParser.create().parse_overrides(overrides)
    return [job for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]


def _leave(error: Exception, overrides: list[str]) -> None:
    line = explain(error, overrides)
    if line is None:
        import traceback

        traceback.print_exception(error)
        sys.exit(1)
    print(f"error: {line}", file=sys.stderr)
    sys.exit(2)
