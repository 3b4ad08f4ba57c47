"""Check a whole command before anything is written or loaded."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.experimental.callback import Callback
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf, open_dict

from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import Place
from qinr_lightning.runs import CHECKPOINT, installed_versions
from qinr_lightning.seeding import Seed
from qinr_lightning.settings.changed import choices
from qinr_lightning.settings.messages import leaving_on_mistakes, name_setting
from qinr_lightning.settings.new_folder import Kind, check_folder, check_trains, take_new_folder
from qinr_lightning.settings.references import References, all_of
from qinr_lightning.settings.signatures import TARGET, check_value, check_values
from qinr_lightning.settings.sweep import (
    current_sweep,
    jobs_of_sweep,
    planned_jobs,
    settings_of_all_jobs,
    typed_for_hydra,
    typed_settings,
)
from qinr_lightning.settings.trainer import check_together
from qinr_lightning.settings.typed import check_choices, check_typed_once

USED_BY_COMMAND = {
    "callbacks", "curve", "dataset", "extractor", "hydra", "logger", "model", "overwrite", "paths", "resume", "seed",
    "trainer",
}  # fmt: skip
"""Top-level settings that the train command reads; every other is there because one of these refers to it."""

_COPIES = 4
"""Of a parameter in training: itself, its gradient and Adam's two averages."""

OF_TRAIN = {"seed": Seed, "resume": Place | None}
"""What those may be that are nothing's constructor's."""


def check(config: DictConfig, kind: Kind = "run") -> None:
    """Build everything that costs nothing to build and look whether the data is there.

    Args:
        config: Composed configuration of one training run.
        kind: Whether it is a run of its own or a job of a sweep.

    Raises:
        SettingError: For the first setting that cannot be used, and for a package whose version cannot be recorded.
    """
    from qinr_lightning.memory import memory_there_is, within
    from qinr_lightning.runs import check_data

    installed_versions()
    check_choices(typed_settings(OmegaConf.create({"hydra": HydraConfig.get()})))
    config = copy.deepcopy(config)  # Building from a configuration resolves references in it.
    _check_nothing_is_missing(config)
    settings = resolved(config)
    references = References(config)
    for name in references.unused(USED_BY_COMMAND):
        value = choices().get(name, settings[name])
        raise SettingError(name, value, "nothing in this combination of model and data set uses it")
    for mistake in check_values(settings, references):
        raise mistake
    for mistake in _check_own(settings, references):
        raise mistake
    for mistake in check_together(settings["trainer"], settings["paths"]["output_dir"]):
        raise mistake
    try:
        with within(memory_there_is(), _COPIES):
            model = instantiate(config.model, _convert_="all")
        datamodule = instantiate(config.dataset, _convert_="all")
        trainer = instantiate(
            config.trainer, logger=False, enable_checkpointing=False, enable_progress_bar=False, _convert_="all"
        )
        instantiate(config.callbacks, _convert_="all")
        curve = instantiate(config.curve, _convert_="all")
        extractor = instantiate(config.extractor, _convert_="all")
    except InstantiationException as error:
        raise name_setting(error, references, settings) from error
    _check_kinds(model, datamodule)
    _check_memory(model, datamodule, trainer, settings, references)
    if extractor is not None:
        extractor.check(datamodule.source)
    if datamodule.batch_size < trainer.world_size:
        allowed = f"must be at least {trainer.world_size}, an image for each process"
        raise SettingError("dataset.batch_size", datamodule.batch_size, allowed)
    model.check_training(trainer, datamodule.batch_size)
    if curve is not None:
        curve.check(model)
    check_folder(config, settings, model, kind)
    if config.resume is not None:
        check_data(datamodule, config.resume, "resume")
    datamodule.prepare_data()
    check_trains(settings["trainer"], len(datamodule.train_dataloader()))


def _check_kinds(model: Any, datamodule: Any) -> None:
    """Refuse what only Lightning knows, by what the checks below ask of both."""
    kinds = (("model", model, "Model", "check_training"), ("dataset", datamodule, "ClassSubsetDataModule", "classes"))
    for name, found, expected, asked in kinds:
        if not hasattr(found, asked):
            built = f"{type(found).__module__}.{type(found).__name__}"
            raise SettingError(name, built, f"must be a {expected}; see docs/own.md for your own")


def _check_nothing_is_missing(config: DictConfig) -> None:
    for name in sorted(USED_BY_COMMAND - {"hydra"}):
        if name not in config:
            raise SettingError(name, "???", "must be set")
    if "checkpoint" not in config.callbacks:
        raise SettingError("callbacks.checkpoint", "???", "must be set: evaluate, sample and resume need it")


def _check_own(settings: dict[str, Any], references: References) -> Iterator[SettingError]:
    """Mistakes in what the command itself reads, and in what several parts have in common."""
    for name, hint in OF_TRAIN.items():
        yield from check_value(name, settings[name], hint)
    yield from check_paths(settings)
    places: dict[str, str | Path] = {"paths.output_dir": "", "callbacks.checkpoint.path": CHECKPOINT}
    if "checkpoint_on_signal" in settings["callbacks"]:
        places["callbacks.checkpoint_on_signal.path"] = CHECKPOINT
    for place, expected in places.items():
        value = _at(settings, place)
        folder = Path(HydraConfig.get().runtime.output_dir)
        if value is None or Path(value) != folder / expected:
            yield SettingError(place, value, "must stay in the run folder, which hydra.run.dir sets")
    for group in ("callbacks", "logger"):
        for name, node in settings[group].items():
            if not (isinstance(node, dict) and TARGET in node):
                yield SettingError(
                    f"{group}.{name}", node, f"must be built from a _target_; ~{group}.{name} leaves it out"
                )
    for node in settings["logger"].values():
        checked = getattr(get_object(node[TARGET]), "check_installed", None)
        if checked is not None:
            checked()
    for name in ("extractor", "curve"):
        value = settings[name]
        if value is not None and not (isinstance(value, dict) and TARGET in value):
            yield SettingError(name, value, f"must be built from a _target_; {name}=none leaves it out")
    shape = settings["dataset"].get("image_shape")
    for path, value in all_of("image_shape", settings["model"], ("model",)):
        if shape is not None and value != shape:
            yield SettingError(references.origin(path), value, f"must be the data set's, dataset.image_shape={shape}")


def _check_memory(model: Any, datamodule: Any, trainer: Any, settings: dict[str, Any], references: References) -> None:
    from qinr_lightning.memory import memory_there_is, too_much

    there = memory_there_is(trainer.strategy.root_device)
    needed = _COPIES * sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    if needed > there:
        raise SettingError("model", choices().get("model"), f"to train its parameters takes {too_much(needed, there)}")
    batch = min(datamodule.batch_size, datamodule.samples_per_class * len(datamodule.classes))
    try:
        model.check_memory(batch, "dataset.batch_size", trainer.strategy.root_device)
    except SettingError as error:
        if error.setting != "n_qubits":
            raise
        paths = [path for path, value in all_of("n_qubits", settings["model"], ("model",)) if value == error.value]
        raise SettingError(references.origin(paths[0]), error.value, error.allowed) from error


def check_paths(settings: dict[str, Any]) -> Iterator[SettingError]:
    """Mistakes in ``paths.*``."""
    for name, value in settings["paths"].items():
        yield from check_value(f"paths.{name}", value, Place)


def _at(settings: dict[str, Any], place: str) -> Any:
    node: Any = settings
    for name in place.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


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
        with leaving_on_mistakes(typed_settings(config)):
            check_typed_once([*typed_for_hydra(config), *typed_settings(config)])
            check(with_output_dir(config, config.hydra.run.dir))
            take_new_folder(config, "run")

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        with leaving_on_mistakes(typed_settings(config)):
            check_typed_once([*typed_for_hydra(config), *typed_settings(config)])
            if config.hydra.launcher.get("n_jobs") == 0:
                raise SettingError("hydra.launcher.n_jobs", 0, "must be the number of jobs at a time, -1 for all cores")
            # Other sweepers choose values while they run; those are checked when their job starts.
            jobs = jobs_of_sweep(config)
        composed: list[tuple[list[str], DictConfig]] = []
        for overrides in jobs or [settings_of_all_jobs(config)]:
            with leaving_on_mistakes(overrides):
                given = [*typed_for_hydra(config), *overrides]
                composed.append((overrides, compose(kwargs["config_name"], given, return_hydra_config=True)))
        # What cannot be composed is answered first: a check looks for the data.
        planned: dict[str, list[str]] = {}
        for number, (overrides, job) in enumerate(composed):
            with leaving_on_mistakes(overrides):
                folder = "" if jobs is None else _subfolder(job, number)
                job = with_output_dir(job, os.path.join(config.hydra.sweep.dir, folder))
                check(job, "sweep")
                if folder in planned:
                    allowed = f"must be another for every job; two would write to {folder}"
                    raise SettingError("hydra.sweep.subdir", config.hydra.sweep.subdir, allowed)
                planned |= {} if jobs is None else {folder: overrides}
        if jobs is None:
            with leaving_on_mistakes(typed_settings(config)):
                _check_sweeper(config, job)
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


def _check_sweeper(config: DictConfig, job: DictConfig) -> None:
    """Ask a sweeper that makes up its jobs as it goes whether it can.

    Args:
        config: Of the sweep.
        job: The settings that all of its jobs have.
    """
    described = {"hydra": {"sweeper": OmegaConf.to_container(config.hydra.sweeper, resolve=True)}}
    for mistake in check_values(described, References(OmegaConf.create({}))):
        raise mistake
    try:
        sweeper = instantiate(config.hydra.sweeper)
    except InstantiationException as error:
        raise SettingError(
            "hydra.sweeper", config.hydra.sweeper._target_, f"cannot be built ({error.__cause__})"
        ) from error
    if hasattr(sweeper, "check"):
        sweeper.check(typed_settings(config), job)


def with_output_dir(config: DictConfig, output_dir: str) -> DictConfig:
    """Hydra sets the output folder when a job starts; until then a copy gets it here."""
    config = config.copy()
    with open_dict(config):
        config.hydra.runtime.output_dir = str(Path(output_dir).absolute())
    HydraConfig.instance().set_config(config)
    return config
