"""Compare circuits, decoders or generators: ``python -m qinr_lightning.compare comparison=stand_ins out=FOLDER``."""

import logging
import sys
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MinLen

from qinr_lightning.comparison import (
    Needed,
    Plan,
    TunedOn,
    check_apart,
    check_fitting,
    check_once,
    make_plans,
    needed_runs,
    overrides_of_sides,
    read_tuning,
    set_up,
    train_missing,
    with_tuned,
    write_comparison,
)
from qinr_lightning.ranges import Place, PositiveInt
from qinr_lightning.runs import locked
from qinr_lightning.seeding import Seed
from qinr_lightning.settings import call_target, check_folder_to_write, own_arguments, run_command
from qinr_lightning.train import train

log = logging.getLogger(__name__)


def compare(
    sides: Annotated[dict[str, str | list[str]], MinLen(2)],
    out: Place,
    labels: Literal["all"] | Annotated[list[int | str], MinLen(1)] = "all",
    seeds: PositiveInt | Annotated[list[Seed], MinLen(1)] = 3,
    name: str | None = None,
    overrides: list[str] = [],  # noqa: B006  (read, never changed)
    typed: list[str] = [],  # noqa: B006  (read, never changed)
    reuse: Place | list[Place] = [],  # noqa: B006  (read, never changed)
    tuning: Place | None = None,
    unequal_tuning: bool = False,
    tuned: dict[str, list[TunedOn]] = {},  # noqa: B006  (read, never changed)
    overwrite: bool = False,
) -> None:
    """Train what is missing of a comparison and write what can be told from it.

    Into ``out`` go ``runs/SIDE/CLASS/SEED``, ``comparison.json``, ``comparison.md``, ``comparison.tex`` and
    ``comparison.html``. The same command goes on where it was stopped, and trains nothing that is there.

    Args:
        sides: What each side sets beside the others: overrides of the train command, as a list or in one line.
        out: Folder of the comparison.
        labels: Classes, by index or name, each with runs of its own; ``all`` is every class of the data set.
        seeds: Of the runs; a number n stands for 0 to n - 1.
        name: What the comparison is called.
        overrides: What all sides have.
        typed: The same from the command line, in place of those for the same setting.
        reuse: Folders with runs that are used where their settings and versions fit.
        tuning: Folder of the tune command, whose best settings the sides take.
        unequal_tuning: Whether sides with different numbers of trials are compared; the comparison then says that it is
            not fair.
        tuned: What the settings of sides, by their names, were tuned on before: data set, classes, seeds and how many
            settings were tried. Sides whose settings come from ``tuning`` need none.
        overwrite: Whether runs in ``out`` with other settings or versions are trained anew.

    Raises:
        SettingError: When nothing can be compared like this, or ``out`` holds runs with other settings.
    """
    folder, of_seeds = Path(out).absolute(), list(range(seeds)) if isinstance(seeds, int) else seeds
    check_folder_to_write("out", folder)
    check_once("seeds", of_seeds)
    study = read_tuning(tuning, overrides_of_sides(sides), unequal_tuning)
    found = ({}, {}) if study is None else (study.settings, study.tuning)
    setup = with_tuned(set_up(sides, labels, overrides, typed, folder, *found), tuned)
    if study is not None:
        check_apart(study, setup, of_seeds, str(tuning))
    needed = needed_runs(setup.sides, setup.classes, of_seeds)

    def planned() -> dict[Needed, Plan]:
        plans = make_plans(setup.sides, needed, folder, [reuse] if isinstance(reuse, str) else reuse)
        if not overwrite:
            check_fitting(plans)
        return plans

    planned()  # What cannot be done is said before anything is written.
    with locked(folder, "out"):
        plans = planned()  # Another command may have been at work until now.
        train_missing(train, setup.sides, plans, folder, setup.for_hydra)
        for line in write_comparison(folder, name or ", ".join(sides), setup, plans):
            log.info("%s", line)


OWN = (
    "comparison", "labels", "name", "out", "overrides", "overwrite", "reuse", "seeds", "sides", "tuned",
    "tuning", "unequal_tuning",
)  # fmt: skip
"""Settings of the command itself; all others are the runs'."""


if __name__ == "__main__":
    sys.argv[1:] = own_arguments(sys.argv[1:], OWN)
    run_command(call_target, "compare")
