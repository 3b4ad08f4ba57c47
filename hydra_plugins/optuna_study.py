"""Hydra sweeper on Optuna's own interface: ``hydra/sweeper=optuna``.

Hydra takes plugins from the namespace ``hydra_plugins`` alone. The last stable hydra-optuna-sweeper (1.3.0) wants
Optuna 2, and the candidates of the next one want Hydra 1.4; asking Optuna for settings and telling it what came of them
takes fewer lines than either.
"""

import json
import logging
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.ranges import Place, PositiveInt

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial, Trial

Goal = Literal["maximize", "minimize"]

log = logging.getLogger(__name__)


class OptunaStudy(Sweeper):
    """Runs trials of an Optuna study as jobs of a multirun, through any launcher.

    What is searched is written as Hydra writes sweeps: ``interval(1e-4,1e-2)``, ``tag(log,interval(1e-4,1e-2))``,
    ``int(interval(1,4))``, ``range(16,129,16)``, ``choice(z,xyz_zz)`` or ``z,xyz_zz``.

    A study is kept in a storage: the same command goes on with it after an interruption, and several commands at once,
    on several machines, share it.

    Args:
        maximize: Names of metrics.json that shall be high.
        minimize: Names of metrics.json that shall be low; with several in both together there is a Pareto front.
        n_trials: Ended trials that the study shall have.
        n_jobs: Trials that the launcher gets at once.
        storage: A database URL such as ``sqlite:///study.db``, or a journal file; a file is fine on a shared disk.
        study_name: Name of the study in the storage.
        sampler: Makes what chooses a trial's settings, one of ``optuna.samplers``, from a seed.
        params: Settings to search or set, beside those of the command line.
    """

    def __init__(
        self,
        maximize: Sequence[str],
        minimize: Sequence[str],
        n_trials: PositiveInt,
        n_jobs: PositiveInt,
        storage: Place,
        study_name: Place,
        sampler: Any,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.objectives: dict[str, Goal] = {name: "maximize" for name in maximize}
        self.objectives |= {name: "minimize" for name in minimize}
        self.in_both = sorted(set(maximize) & set(minimize))
        self.n_trials = n_trials
        self.n_jobs = n_jobs
        self.storage = storage
        self.study_name = study_name
        self.sampler = sampler
        self.params: dict[str, Any] = {str(setting): value for setting, value in (params or {}).items()}
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Run trials until the study has enough.

        Raises:
            Exception: Of a failed trial, after the others have been run.
        """
        import optuna

        assert self.config is not None
        assert self.launcher is not None
        folder = Path(self.config.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, folder / "multirun.yaml")
        fixed, searched = self._search_space(arguments)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(
            storage=open_storage(self.storage),
            study_name=self.study_name,
            directions=list(self.objectives.values()),
            load_if_exists=True,
        )
        self._refuse_another(study, fixed, searched)  # Of a command that has started beside this one.
        for name, value in self._what_it_is(fixed, searched).items():
            study.set_user_attr(name, value)
        failed: list[JobReturn] = []
        while (n_left := self.n_trials - sum(trial.state.is_finished() for trial in study.get_trials(False))) > 0:
            trials = [self._ask(study, searched) for _ in range(min(self.n_jobs, n_left))]
            jobs = [[*fixed, *settings_of(trial), f"hydra.sweep.subdir={trial.number}"] for trial in trials]
            for trial, job in zip(trials, self.launcher.launch(jobs, trials[0].number), strict=True):
                if job.status == JobStatus.COMPLETED:
                    study.tell(trial, self._measured(folder / str(trial.number)))
                else:
                    study.tell(trial, state=optuna.trial.TrialState.FAIL)
                    failed.append(job)
        self._report(study, folder)
        for job in failed:
            _ = job.return_value  # Raises.

    def _ask(self, study: "Study", searched: dict[str, "BaseDistribution"]) -> "Trial":
        """A trial that is drawn by its number: a study that goes on, or another worker's, draws no trial anew."""
        seed = self.sampler.keywords.get("seed")
        study.sampler = self.sampler() if seed is None else self.sampler(seed=seed + len(study.get_trials(False)))
        return study.ask(searched)

    def check(self, arguments: list[str], config: DictConfig) -> None:
        """Refuse what no study could do, and what would make another study of one that is there; writes nothing.

        Args:
            arguments: As for :meth:`sweep`.
            config: The settings that all trials have, composed.

        Raises:
            HydraException: Saying what.
        """
        try:
            import optuna
        except ModuleNotFoundError as error:
            raise HydraException("hydra/sweeper=optuna: needs `pip install qinr-lightning[optuna]`") from error

        for name in self.in_both:
            raise HydraException(f"hydra.sweeper.minimize=[{name}]: is in hydra.sweeper.maximize, too")
        if not self.objectives:
            raise HydraException("hydra.sweeper.maximize=[]: name a metric here or in hydra.sweeper.minimize")
        try:
            self.sampler()
        except (TypeError, ValueError) as error:
            typed = " ".join(f"{key}={value}" for key, value in self.sampler.keywords.items())
            raise HydraException(f"hydra.sweeper.sampler: cannot be made with {typed} ({error})") from error
        fixed, searched = self._search_space(arguments)
        # Another model may have other metrics; where models are searched, a trial says what is missing.
        if not {"model", "extractor"} & set(searched):
            self._refuse_unknown_metrics(config)
        if config.trainer.fast_dev_run:
            raise HydraException("trainer.fast_dev_run=true: a study needs numbers")
        place = f"hydra.sweeper.storage={self.storage}"
        file = _file_of(self.storage)
        if file is not None and not file.is_file():  # Opening it would make it.
            made_in = _first_that_exists(file.absolute().parent)
            if not os.access(made_in, os.W_OK | os.X_OK):
                raise HydraException(f"{place}: cannot be made in {made_in}")
            return
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            study = optuna.load_study(study_name=self.study_name, storage=open_storage(self.storage))
        except KeyError:
            return
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise HydraException(f"{place}: cannot be opened ({reason})") from error
        self._refuse_another(study, fixed, searched)

    def _search_space(self, arguments: list[str]) -> tuple[list[str], dict[str, "BaseDistribution"]]:
        return search_space([*(f"{key}={value}" for key, value in self.params.items()), *arguments])

    def _refuse_unknown_metrics(self, config: DictConfig) -> None:
        from qinr_lightning.evaluation.metric_names import metric_names
        from qinr_lightning.settings.signatures import closest

        model, datamodule, extractor = (
            instantiate(config[part], _convert_="all") for part in ("model", "dataset", "extractor")
        )
        datamodule.prepare_data()
        known = metric_names(model, datamodule, extractor)
        for name, goal in self.objectives.items():
            if name not in known:
                raise HydraException(f"hydra.sweeper.{goal}=[{name}]: no run has this metric; {closest(name, known)}")

    def _what_it_is(self, fixed: list[str], searched: dict[str, "BaseDistribution"]) -> dict[str, Any]:
        from optuna.distributions import distribution_to_json

        return {
            "objectives": self.objectives,
            "searched": {name: distribution_to_json(searched[name]) for name in sorted(searched)},
            "settings": sorted(fixed),
        }

    def _refuse_another(self, study: "Study", fixed: list[str], searched: dict[str, "BaseDistribution"]) -> None:
        """A study that is there has the same objectives, choices and settings, or its trials are of another kind."""
        place = f"hydra.sweeper.storage={self.storage}: its study {self.study_name}"
        advice = "name another with hydra.sweeper.study_name"
        directions = [direction.name.lower() for direction in study.directions]
        if directions != list(self.objectives.values()):
            here = " and ".join(self.objectives.values())
            raise HydraException(f"{place} is to {' and '.join(directions)}, this one to {here}; {advice}")
        for trial in study.get_trials(deepcopy=False):
            for name, distribution in trial.distributions.items():
                if searched.get(name) != distribution:
                    raise HydraException(
                        f"{place} searches {name} in {distribution}, this one in {searched.get(name)}; {advice}"
                    )
        for what, mine in self._what_it_is(fixed, searched).items():
            theirs = study.user_attrs.get(what, mine)  # A study of an earlier version says nothing.
            if theirs != mine:
                raise HydraException(f"{place} has other {what}: {_differing(theirs, mine)}; {advice}")

    def _measured(self, run: Path) -> list[float]:
        # Hydra imports every plugin for every command that it serves.
        from qinr_lightning.runs import METRICS, read_json

        metrics = read_json(run / METRICS)
        missing = [name for name in self.objectives if name not in metrics]
        if missing:
            raise HydraException(f"hydra.sweeper: no {missing[0]} in {run / METRICS}")
        return [metrics[name] for name in self.objectives]

    def _report(self, study: "Study", folder: Path) -> None:
        """The best trials, on the terminal and in best_trials.json: one, or those of the Pareto front."""
        best = sorted(study.best_trials, key=lambda trial: trial.number)
        rows = [
            {"trial": trial.number, "metrics": dict(zip(self.objectives, trial.values, strict=True)), **trial.params}
            for trial in best
        ]
        (folder / "best_trials.json").write_text(json.dumps(rows, indent=2) + "\n")
        for trial in best:
            values = ", ".join(f"{name} {value:.4g}" for name, value in zip(self.objectives, trial.values, strict=True))
            log.info("best: trial %d, %s: %s", trial.number, values, " ".join(settings_of(trial)))


def _differing(theirs: Any, mine: Any) -> str:
    """What is in one alone."""
    there, here = (
        [f"{key}={value}" for key, value in items.items()] if isinstance(items, dict) else list(items)
        for items in (theirs, mine)
    )
    gone, new = [item for item in there if item not in here], [item for item in here if item not in there]
    return f"{' '.join(gone) or 'nothing'} there, {' '.join(new) or 'nothing'} here"


def search_space(overrides: Sequence[str]) -> tuple[list[str], dict[str, "BaseDistribution"]]:
    """Overrides that are the same for every trial, and what is searched, by setting; later ones win.

    Raises:
        HydraException: For a kind of sweep that is not known.
    """
    fixed: dict[str, str] = {}
    searched: dict[str, BaseDistribution] = {}
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.get_key_element()
        fixed.pop(key, None)
        searched.pop(key, None)
        if override.is_sweep_override():
            searched[key] = _distribution(override)
        else:
            fixed[key] = f"{key}={override.get_value_element_as_str()}"
    return list(fixed.values()), searched


def _distribution(override: Override) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    sweep: Any = override.value()
    log_scale = "log" in sweep.tags
    if override.is_choice_sweep():
        return CategoricalDistribution(list(override.sweep_string_iterator()))
    try:
        if override.is_interval_sweep():
            whole = isinstance(sweep.start, int) and isinstance(sweep.end, int)
            if not (math.isfinite(sweep.start) and math.isfinite(sweep.end)):
                raise ValueError("an interval has two ends")
            return (IntDistribution if whole else FloatDistribution)(sweep.start, sweep.end, log=log_scale)
        if override.is_range_sweep() and all(isinstance(end, int) for end in (sweep.start, sweep.stop, sweep.step)):
            last = sweep.start + (sweep.stop - 1 - sweep.start) // sweep.step * sweep.step
            return IntDistribution(sweep.start, last, step=sweep.step)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise HydraException(f"{override.input_line}: {' '.join(str(error).split())}") from error
    raise HydraException(f"{override.input_line}: the Optuna sweeper takes choices, intervals and whole-number ranges")


def settings_of(trial: "Trial | FrozenTrial") -> list[str]:
    """Overrides that a trial stands for."""
    return [f"{setting}={value}" for setting, value in trial.params.items()]


def _file_of(storage: str) -> Path | None:
    """The file that studies are kept in, a journal or SQLite's; None where a server keeps them."""
    scheme, separator, path = storage.partition(":///")
    if separator:
        return Path(path) if scheme.startswith("sqlite") else None
    return None if "://" in storage else Path(storage)


def _first_that_exists(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def open_storage(storage: str) -> "str | BaseStorage":
    """A database URL as it is, anything else as a journal file."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    file = _file_of(storage)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    return storage if "://" in storage else JournalStorage(JournalFileBackend(storage))
