"""Check a whole command before anything is written or loaded."""

import copy
import os
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.experimental.callback import Callback
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf, open_dict

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.changed import choices
from qinr_lightning.settings.messages import leaving_on_mistakes, name_setting
from qinr_lightning.settings.new_folder import check_folder, check_trains, take_new_folder
from qinr_lightning.settings.references import References
from qinr_lightning.settings.signatures import check_values
from qinr_lightning.settings.sweep import current_sweep, jobs_of_sweep, planned_jobs, settings_of_all_jobs

USED_BY_COMMAND = {
    "callbacks", "dataset", "extractor", "hydra", "logger", "model", "overwrite", "paths", "resume", "seed", "trainer"
}  # fmt: skip
"""Top-level settings that the train command reads; every other is there because one of these refers to it."""


def check(config: DictConfig) -> None:
    """Build everything that costs nothing to build and look whether the data is there.

    Args:
        config: Composed configuration of one training run.

    Raises:
        SettingError: For the first setting that cannot be used.
    """
    config = copy.deepcopy(config)  # Building from a configuration resolves references in it.
    settings = resolved(config)
    references = References(config)
    for name in references.unused(USED_BY_COMMAND):
        value = choices().get(name, settings[name])
        raise SettingError(name, value, "nothing in this combination of model and data set uses it")
    for mistake in check_values(settings, references):
        raise mistake
    try:
        model = instantiate(config.model, _convert_="all")
        datamodule = instantiate(config.dataset, _convert_="all")
        trainer = instantiate(config.trainer, logger=False, enable_checkpointing=False, enable_progress_bar=False)
    except InstantiationException as error:
        raise name_setting(error, references, settings) from error
    model.check_training(trainer, datamodule.batch_size)
    check_folder(config, settings, model)
    datamodule.prepare_data()
    check_trains(settings["trainer"], len(datamodule.train_dataloader()))


def resolved(config: DictConfig) -> dict[str, Any]:
    """The settings as plain Python, all references followed."""
    settings = OmegaConf.create({key: node for key, node in config.items_ex(resolve=False) if key != "hydra"})
    plain: Any = OmegaConf.to_container(settings, resolve=True, throw_on_missing=True)
    return dict(plain)


class CheckSettings(Callback):
    """Hydra callback that checks every job of a command before the first run folder is made.

    It leaves with exit status 2 and one line on stderr.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        with leaving_on_mistakes(config.hydra.overrides.task):
            check(_with_output_dir(config, config.hydra.run.dir))
            take_new_folder(config, "run")

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        # Other sweepers choose values while they run; those are checked when their job starts.
        jobs = jobs_of_sweep(config)
        composed: list[tuple[list[str], DictConfig]] = []
        for overrides in jobs or [settings_of_all_jobs(config)]:
            with leaving_on_mistakes(overrides):
                given = [*config.hydra.overrides.hydra, *overrides]
                composed.append((overrides, compose(kwargs["config_name"], given, return_hydra_config=True)))
        # What cannot be composed is answered first: a check looks for the data.
        planned: dict[str, list[str]] = {}
        for number, (overrides, job) in enumerate(composed):
            with leaving_on_mistakes(overrides):
                folder = "" if jobs is None else _subfolder(job, number)
                check(_with_output_dir(job, os.path.join(config.hydra.sweep.dir, folder)))
                planned |= {} if jobs is None else {folder: overrides}
        with leaving_on_mistakes([]):
            sweep = take_new_folder(config, "sweep")
        current_sweep.set(sweep)
        planned_jobs.set({sweep / folder: overrides for folder, overrides in planned.items()})


def _subfolder(job: DictConfig, number: int) -> str:
    """Where in the folder of the sweep a job will write."""
    job = job.copy()
    with open_dict(job):
        job.hydra.job.num, job.hydra.job.id = number, str(number)
    HydraConfig.instance().set_config(job)
    return str(job.hydra.sweep.subdir)


def _with_output_dir(config: DictConfig, output_dir: str) -> DictConfig:
    """Hydra sets the output folder when a job starts; until then a copy gets it here."""
    config = config.copy()
    with open_dict(config):
        config.hydra.runtime.output_dir = str(Path(output_dir).absolute())
    HydraConfig.instance().set_config(config)
    return config
