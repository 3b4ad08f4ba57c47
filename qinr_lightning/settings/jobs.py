"""Runs of the train command that another command starts: composed, checked, compared with what there is, launched."""

import inspect
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, configure_log
from hydra.types import HydraContext, RunMode
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, open_dict

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import OUTPUT, PLACES, SweepProgress
from qinr_lightning.settings.app import output_to
from qinr_lightning.settings.checking import check, with_output_dir
from qinr_lightning.settings.messages import leaving_on_mistakes
from qinr_lightning.settings.places import make_absolute
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.references import References, followed
from qinr_lightning.settings.resuming import CHANGES_NOTHING, differences, plain, read_config
from qinr_lightning.settings.typed import check_typed_once

log = logging.getLogger(__name__)


class TrainingSettings:
    """What the train command makes of some overrides, before a class and a seed are chosen.

    For commands that run under Hydra themselves: the same folders of configurations are searched.

    Args:
        overrides: As they would be typed; a mistake ends the command with its line.
    """

    def __init__(self, overrides: Sequence[str]) -> None:
        self.overrides = list(overrides)
        with leaving_on_mistakes(self.overrides):
            check_typed_once(self.overrides)
            # A run that is there is looked at by whoever asks for these settings.
            self._config = compose("train", [*overrides, "overwrite=true"], return_hydra_config=True)

    @property
    def choices(self) -> dict[str, str]:
        """What is chosen from each group of the configuration."""
        chosen = self._config.hydra.runtime.choices
        return {str(group): str(name) for group, name in chosen.items() if name is not None}

    def data(self) -> Any:
        """The data module."""
        with leaving_on_mistakes(self.overrides), _other_config(self._config):
            return instantiate(self._config.dataset, _convert_="all")

    def parts(self, label: str) -> tuple[Any, Any, Any]:
        """Model, data module and extractor of a run of a class, built but not prepared."""
        with leaving_on_mistakes(self.overrides), _other_config(self._config):
            config = self._for(label, 0)
            model, data, extractor = (
                instantiate(config[part], _convert_="all") for part in ("model", "dataset", "extractor")
            )
            return model, data, extractor

    def check(self, label: str, folder: Path) -> None:
        """Look whether a class can be trained with these settings; leaves with one line and status 2 where not.

        Args:
            label: Name of the class.
            folder: Where there is no run.
        """
        with leaving_on_mistakes(self.overrides), _other_config(self._config):
            check(with_output_dir(self._for(label, 0), str(folder)))

    def identity(self, seed: int) -> dict[str, Any]:
        """:func:`identity_of` a run with a seed; its class is not in it."""
        return identity_of(plain(self._for("", seed)))

    def origin(self, path: tuple[str, ...]) -> str:
        """Under which name what is found there in an identity is set."""
        return References(self._config).origin(path)

    def _for(self, label: str, seed: int) -> DictConfig:
        config = self._config.copy()
        with open_dict(config):
            config.seed, config.dataset.label = seed, label
        return config


def recorded_identity(folder: Path) -> dict[str, Any]:
    """:func:`identity_of` a run folder.

    Raises:
        SettingError: When its configuration cannot be read.
    """
    return identity_of(read_config(folder))


def identity_of(settings: dict[str, Any]) -> dict[str, Any]:
    """What of the settings says which numbers a run has, but for the class: runs with the same repeat each other.

    Args:
        settings: A composed configuration as plain Python, references and all.
    """
    # Brings PyTorch, which the report does without.
    from qinr_lightning.runs import what_ends_training

    settings = followed(settings)
    places = {*PLACES, "label", "cache_dir", "weights"}
    extractor = settings.get("extractor")
    return {
        "seed": settings["seed"],
        # Of images of one's own, root and split say which they are; of a data set's source, where it is.
        "dataset": {key: value for key, value in settings["dataset"].items() if key != "label"}
        | {"source": _without(settings["dataset"].get("source"), places)},
        "model": settings["model"],
        "trainer": _without(settings["trainer"], CHANGES_NOTHING),
        "callbacks": what_ends_training(settings)["callbacks"],
        "extractor": _without(extractor, places),
    }


def first_difference(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[tuple[str, ...], Any, Any] | None:
    """Where two identities differ, with both values; None where they are the same.

    What is there may be older than some settings: it has the values that their constructors take without them.
    """
    return next(iter(differences(_with_defaults(dict(there), wanted), dict(wanted))), None)


def _with_defaults(there: Any, wanted: Any) -> Any:
    if not isinstance(there, dict) or not isinstance(wanted, Mapping):
        return there
    completed = {key: _with_defaults(value, wanted.get(key)) for key, value in there.items()}
    target = wanted.get("_target_")
    if isinstance(target, str) and there.get("_target_") == target:
        # A constructor of the wanted settings, which are the user's own.
        for name, parameter in inspect.signature(get_object(target)).parameters.items():
            if name in wanted and parameter.default is not parameter.empty:
                completed.setdefault(name, parameter.default)
    return completed


def _without(node: Any, names: set[str]) -> Any:
    return {key: value for key, value in node.items() if key not in names} if isinstance(node, dict) else node


def launch(
    task: Callable[[DictConfig], Any],
    jobs: Mapping[Path, Sequence[str]],
    folder: Path,
    for_hydra: Sequence[str] = (),
    name: str = "runs",
) -> None:
    """Give jobs of the train command to the launcher, all together, and wait for them.

    What a job prints goes into its folder, and how far they have come onto the terminal. A job that fails says so in
    its folder and stops no other; one that is refused leaves its folder as it is, and its line goes into the log.

    Args:
        task: What a job does with its settings.
        jobs: Overrides of each job, by its folder in ``folder``.
        folder: Where the folders of the jobs are.
        for_hydra: What was typed for Hydra, such as ``hydra/launcher=joblib``.
        name: What the jobs are called where progress is shown.
    """
    config = launcher_config(for_hydra, folder)
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    from hydra._internal.callbacks import Callbacks

    launcher = Plugins.instance().instantiate_launcher(
        hydra_context=HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(config)),
        task_function=partial(_job, task),
        config=config,
    )
    given = [[*overrides, f"hydra.sweep.subdir={quoted(str(place))}"] for place, overrides in jobs.items()]
    own: Any = HydraConfig.instance().cfg
    with os.fdopen(os.dup(1), "w") as terminal:
        progress = SweepProgress(folder, len(jobs), terminal=terminal, name=name)
        progress.start()
        try:
            _log_refusals(dict(zip(jobs, launcher.launch(given, 0), strict=True)))
        except Exception as error:
            # A scheduler has lost a job; its folder says how far it has come.
            log.warning("%s", " ".join(f"{type(error).__name__}: {error}".split()))
        finally:
            progress.stop()
            HydraConfig.instance().cfg = own
            configure_log(own.hydra.job_logging)


def _log_refusals(ended: Mapping[Path, JobReturn]) -> None:
    for place, job in ended.items():
        error = job._return_value  # Through its property Hydra would print a line of its own.
        if isinstance(error, SettingError):
            log.warning("%s: %s", place, error)


def launcher_config(for_hydra: Sequence[str], folder: Path) -> DictConfig:
    """Composed configuration of a multirun of the train command into a folder; leaves with one line where it is wrong.

    Args:
        for_hydra: What was typed for Hydra.
        folder: Where it writes.
    """
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    with leaving_on_mistakes(for_hydra):
        check_typed_once(for_hydra)
        return hydra.compose_config(
            "train",
            [*for_hydra, "hydra.mode=MULTIRUN", "hydra.job.name=train", f"hydra.sweep.dir={quoted(str(folder))}"],
            run_mode=RunMode.MULTIRUN,
            from_shell=False,
        )


def _job(task: Callable[[DictConfig], Any], config: DictConfig) -> Any:
    """One job, wherever the launcher runs it."""
    make_absolute(config)
    with output_to(Path(config.paths.output_dir) / OUTPUT):
        check(config)
        return task(config)


@contextmanager
def _other_config(config: DictConfig) -> Iterator[None]:
    """Inside, Hydra's configuration is that of a run which is not this command."""
    own = HydraConfig.instance().cfg
    HydraConfig.instance().set_config(config.copy())  # It makes what it is given read-only.
    try:
        yield
    finally:
        HydraConfig.instance().cfg = own
