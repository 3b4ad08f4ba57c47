"""Tune all sides of a comparison alike: ``python -m qinr_lightning.tune comparison=stand_ins trials=40 out=FOLDER``."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MinLen

from qinr_lightning.comparison import (
    Metric,
    Setup,
    TunedOn,
    Tuner,
    check_once,
    compared_metrics,
    make_searches,
    metric_named,
    set_up,
)
from qinr_lightning.errors import SettingError
from qinr_lightning.evaluation.metric_names import metric_names
from qinr_lightning.ranges import Place, PositiveInt
from qinr_lightning.reporting.summary import extractors
from qinr_lightning.runs import locked
from qinr_lightning.seeding import Seed
from qinr_lightning.settings import call_target, check_folder_to_write, own_arguments, run_command
from qinr_lightning.train import train

FIRST_SEED = 1000
"""Of a number of seeds: comparisons, which count from 0, do not report them."""

log = logging.getLogger(__name__)


def tune(
    sides: Annotated[dict[str, str | list[str]], MinLen(1)],
    out: Place,
    trials: PositiveInt,
    labels: Literal["all"] | Annotated[list[int | str], MinLen(1)],
    seeds: PositiveInt | Annotated[list[Seed], MinLen(1)] = 1,
    metric: str = "test/psnr",
    at_once: PositiveInt = 1,
    name: str | None = None,
    overrides: list[str] = [],  # noqa: B006  (read, never changed)
    typed: list[str] = [],  # noqa: B006  (read, never changed)
    tuned: dict[str, list[TunedOn]] = {},  # noqa: B006  (read, never changed)
) -> None:
    """Give every side of a comparison the same number of Optuna trials over the search space of its choices.

    Into ``out`` go the studies, ``tuning.json`` with all trials and the best of each side, and the runs. The same
    command goes on where it was stopped; with more trials it adds those that are missing.

    Args:
        sides: As for the comparison.
        out: Folder of the tuning.
        trials: Ended trials that each side shall have.
        labels: Classes that each trial is a mean over; the comparison reports others.
        seeds: Seeds that each trial is a mean over; a number n stands for 1000 to 999 + n.
        metric: What is tuned for: a metric that is compared.
        at_once: Trials of each side that the launcher gets together.
        name: What the comparison is called.
        overrides: What all sides have.
        typed: The same from the command line, in place of those for the same setting.
        tuned: What the sides were tuned on before; the comparison says it.

    Raises:
        SettingError: When nothing can be tuned like this, the runs of a side have no such metric, or ``out`` holds
            another tuning.
    """
    folder = Path(out).absolute()
    of_seeds = list(range(FIRST_SEED, FIRST_SEED + seeds)) if isinstance(seeds, int) else seeds
    check_folder_to_write("out", folder)
    check_once("seeds", of_seeds)
    goal = metric_named(metric)
    try:
        import optuna  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingError("trials", trials, "needs `pip install qinr-lightning[optuna]`") from error
    setup = set_up(sides, labels, overrides, typed, folder)
    tuner = Tuner(train, setup, make_searches(setup), of_seeds, goal, folder)
    tuner.check()
    _check_metric(setup, goal)
    with locked(folder, "out"):
        tuner.run(trials, at_once)
    log.info("written: %s", folder / "tuning.json")


def _check_metric(setup: Setup, goal: Metric) -> None:
    """Look whether the runs of every side will have what is tuned for.

    Raises:
        SettingError: Naming a side whose runs will not.
    """
    first = next(iter(setup.classes.values()))
    for side in setup.sides:
        model, datamodule, extractor = side.settings.parts(first)
        datamodule.prepare_data()
        names = metric_names(model, datamodule, extractor)
        if goal.key not in names:
            known = ", ".join(metric.key for metric in compared_metrics(names, extractors(names)))
            allowed = f"no run of the side {side.name} has it; known there: {known or 'no metric that is compared'}"
            raise SettingError("metric", goal.key, allowed)


OWN = ("at_once", "comparison", "labels", "metric", "name", "out", "overrides", "seeds", "sides", "trials", "tuned")
"""Settings of the command itself; all others are the runs'."""


if __name__ == "__main__":
    sys.argv[1:] = own_arguments(sys.argv[1:], OWN)
    run_command(call_target, "tune")
