"""Tuning the sides of a comparison alike: the same number of trials for each, and what the comparison takes from it."""

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hydra_plugins.optuna_study import open_storage, settings_of
from qinr_lightning.comparison.metrics import Metric
from qinr_lightning.comparison.runs import make_plans, needed_runs, read_run, train_missing
from qinr_lightning.comparison.sides import Setup, Side
from qinr_lightning.errors import SettingError
from qinr_lightning.runs import read_json, write_whole
from qinr_lightning.settings import SearchSpace, TrainingSettings, key_of, search_space_of

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

TUNING = "tuning.json"
STUDY = "study.journal"
"""The Optuna studies of all sides, under their names."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search:
    """What is searched for a side."""

    side: Side
    space: SearchSpace


def make_searches(setup: Setup) -> list[Search]:
    """The search space of each side, by its choices; what is set already is not searched.

    Raises:
        SettingError: For a choice without a search space, and a side with nothing to search.
    """
    searches = []
    for side in setup.sides:
        space = search_space_of(side.settings.choices, {key_of(item) for item in side.settings.overrides})
        if not space.distributions:
            raise SettingError(f"sides.{side.name}", " ".join(side.own), "leaves nothing to search")
        searches.append(Search(side, space))
    return searches


class Tuner:
    """Trials of every side, in turn, each a mean over classes and seeds.

    Args:
        task: The train command.
        setup: What is tuned.
        searches: Of its sides.
        seeds: Of the runs of each trial.
        metric: What is tuned for.
        out: Folder of the studies and of their runs.

    Raises:
        SettingError: When ``out`` holds studies of something else.
    """

    def __init__(
        self,
        task: Callable[[Any], Any],
        setup: Setup,
        searches: Sequence[Search],
        seeds: Sequence[int],
        metric: Metric,
        out: Path,
    ) -> None:
        self.task, self.setup, self.searches = task, setup, searches
        self.seeds, self.metric, self.out = list(seeds), metric, out

    def check(self) -> None:
        """Look whether what is in the folder is of the same tuning, with these sides or others; writes nothing."""
        there = self._what_is_there()
        if not there:
            return
        for name, value in self._what_it_is().items():
            was = there.get(name)
            if name == "searched" and isinstance(was, dict):
                was = {**value, **{side: space for side, space in was.items() if side in value}}
            if _in_any_order(was) != _in_any_order(value):
                raise SettingError(
                    "out", self.out, f"is a tuning with {name} {json.dumps(was)}, not {json.dumps(value)}"
                )
        for side in (search.side for search in self.searches if search.side.name in there.get("sides", {})):
            was = there["sides"][side.name]["overrides"]
            if _in_any_order(was) != _in_any_order(side.own):
                raise SettingError(
                    f"sides.{side.name}", " ".join(side.own), f"is tuned in {self.out} with {' '.join(was)}"
                )

    def run(self, n_trials: int, at_once: int) -> None:
        """Run trials until every side has so many that have ended.

        Args:
            n_trials: Of each side.
            at_once: Trials of a side that the launcher gets together.
        """
        studies = {search.side.name: self._study(search.side.name) for search in self.searches}
        self._write(studies)
        while asked := self._ask(studies, n_trials, at_once):
            self._train(asked, n_trials)
            for search, trial in asked:
                study = studies[search.side.name]
                value = self._value(search, trial)
                study.tell(trial.number, value, state=None if value is not None else _failed())
                said = "failed" if value is None else f"{value:.4g}"
                log.info("%s: trial %d of %d: %s", search.side.name, trial.number + 1, n_trials, said)
            self._write(studies)

    def _study(self, name: str) -> "Study":
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        direction: Literal["minimize", "maximize"] = "minimize" if self.metric.lower_is_better else "maximize"
        storage = open_storage(str(self.out / STUDY))
        return optuna.create_study(storage=storage, study_name=name, direction=direction, load_if_exists=True)

    def _ask(self, studies: Mapping[str, "Study"], n_trials: int, at_once: int) -> list[tuple[Search, "FrozenTrial"]]:
        """The next trials of every side: those that were stopped, then new ones."""
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        asked = []
        for search in self.searches:
            study = studies[search.side.name]
            stopped = study.get_trials(states=[TrialState.RUNNING])
            n_left = n_trials - sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
            trials = stopped[: min(n_left, at_once)]
            while len(trials) < min(n_left, at_once):
                # By its number, so that a study that was stopped goes on as it would have.
                study.sampler = TPESampler(seed=len(study.get_trials(deepcopy=False)), constant_liar=True)
                number = study.ask(search.space.distributions).number
                trials.append(study.get_trials(deepcopy=False)[number])
            asked += [(search, trial) for trial in trials]
        return asked

    def _train(self, asked: Sequence[tuple[Search, "FrozenTrial"]], n_trials: int) -> None:
        sides = [self._side(search, trial) for search, trial in asked]
        plans = make_plans(sides, needed_runs(sides, self.setup.classes, self.seeds), self.out)
        numbers = sorted({trial.number + 1 for _, trial in asked})
        name = f"trial {', '.join(map(str, numbers))} of {n_trials}"
        train_missing(self.task, sides, plans, self.out, self.setup.for_hydra, name)

    def _side(self, search: Search, trial: "FrozenTrial") -> Side:
        settings = TrainingSettings([*search.side.settings.overrides, *settings_of(trial)])
        return Side(f"{search.side.name}/{trial.number}", search.side.own, settings)

    def _value(self, search: Search, trial: "FrozenTrial") -> float | None:
        """Mean over the runs of a trial; None where one is missing."""
        side = self._side(search, trial)
        plans = make_plans([side], needed_runs([side], self.setup.classes, self.seeds), self.out)
        runs = [read_run(plan.folder) if plan.action == "keep" else None for plan in plans.values()]
        values = [math.nan if run is None else run.metrics.get(self.metric.key, math.nan) for run in runs]
        mean = sum(values) / len(values)
        return mean if math.isfinite(mean) else None

    def _what_is_there(self) -> dict[str, Any]:
        try:
            return read_json(self.out / TUNING)
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise SettingError("out", self.out, f"its {TUNING} cannot be read ({error})") from error

    def _what_it_is(self) -> dict[str, Any]:
        choices = self.setup.sides[0].settings.choices
        return {
            "dataset": choices["dataset"],
            "model": choices["model"],
            "metric": self.metric.key,
            "labels": list(self.setup.classes.values()),
            "seeds": self.seeds,
            "overrides": self.setup.common,
            "searched": {search.side.name: search.space.declared for search in self.searches},
        }

    def _write(self, studies: Mapping[str, "Study"]) -> None:
        """tuning.json, for people and for the comparison; sides that were tuned before stay in it."""
        there, what = self._what_is_there(), self._what_it_is()
        what["searched"] = {**there.get("searched", {}), **what["searched"]}
        sides = there.get("sides", {})
        for search in self.searches:
            trials = [trial for trial in studies[search.side.name].get_trials() if trial.state.is_finished()]
            done = [trial for trial in trials if trial.value is not None]
            sign = 1 if self.metric.lower_is_better else -1
            best = min(done, key=lambda trial: (sign * (trial.value or 0.0), trial.number), default=None)
            sides[search.side.name] = {
                "overrides": search.side.own,
                "n_trials": len(trials),
                "best": None if best is None else _described(best),
                "trials": [_described(trial) for trial in trials],
            }
        content = {**what, "study": STUDY, "sides": sides}
        write_whole(self.out / TUNING, (json.dumps(content, indent=2) + "\n").encode())


def _in_any_order(value: Any) -> Any:
    """The same for lists of the same: classes, seeds and settings do not depend on the order they are typed in."""
    return sorted(value, key=str) if isinstance(value, list) else value


def _failed() -> Any:
    from optuna.trial import TrialState

    return TrialState.FAIL


def _described(trial: "FrozenTrial") -> dict[str, Any]:
    return {"number": trial.number, "value": trial.value, "settings": settings_of(trial)}


@dataclass(frozen=True)
class Tuned:
    """What a comparison takes from a tuning."""

    settings: dict[str, list[str]]
    """Overrides of each side."""
    tuning: dict[str, dict[str, Any]]
    """What stands behind them."""
    content: dict[str, Any]
    """tuning.json."""


def read_tuning(folder: str | None, described: Mapping[str, Sequence[str]], unequal: bool) -> Tuned | None:
    """The best settings of each side from the folder of a tuning; None without one.

    Args:
        folder: Of the tuning.
        described: Overrides of the sides of the comparison.
        unequal: Whether sides may have different numbers of trials.

    Raises:
        SettingError: When the folder has none, it is of other sides, a side has no result, or budgets differ.
    """
    if folder is None:
        return None
    try:
        content = read_json(Path(folder) / TUNING)
        sides: dict[str, Any] = content["sides"]
        trials = {name: int(sides[name]["n_trials"]) if name in sides else 0 for name in described}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError("tuning", folder, f"must be a folder of the tune command, with a {TUNING}") from error
    for name, own in described.items():
        if name in sides and _in_any_order(sides[name]["overrides"]) != _in_any_order(list(own)):
            was = " ".join(sides[name]["overrides"])
            raise SettingError("tuning", folder, f"the side {name} was tuned with {was}")
        if name in sides and sides[name]["best"] is None:
            raise SettingError("tuning", folder, f"no trial of the side {name} has a result")
    if len(set(trials.values())) > 1 and not unequal:
        each = ", ".join(f"{name} {n}" for name, n in trials.items())
        raise SettingError(
            "tuning", folder, f"unequal budgets of trials ({each}); unequal_tuning=true compares and says so"
        )
    tuned = {name: list(sides[name]["best"]["settings"]) for name in described if name in sides}
    study = str(Path(folder) / str(content["study"]))
    what = {"labels": content["labels"], "seeds": content["seeds"], "metric": content["metric"], "study": study}
    return Tuned(tuned, {name: {"trials": trials[name], **what, "settings": tuned[name]} for name in tuned}, content)


def check_apart(tuned: Tuned, setup: Setup, seeds: Sequence[int], folder: str) -> None:
    """Refuse to report what was tuned on.

    Raises:
        SettingError: Naming a class or seed of both, or the model where it is another.
    """
    choices, content = setup.sides[0].settings.choices, tuned.content
    if choices["model"] != content["model"]:
        raise SettingError("tuning", folder, f"is of model={content['model']}, not {choices['model']}")
    if choices["dataset"] != content["dataset"]:
        return
    if both := [label for label in setup.classes.values() if label in content["labels"]]:
        raise SettingError("labels", ",".join(both), f"was tuned on in {folder}; a comparison reports other classes")
    if shared := [seed for seed in seeds if seed in content["seeds"]]:
        raise SettingError("seeds", ",".join(map(str, shared)), f"was tuned with in {folder}; take other seeds")
