"""Compare circuits, decoders or generators: ``python -m qinr_lightning.compare comparison=stand_ins out=FOLDER``."""

import logging
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import MinLen

from qinr_lightning.comparison import (
    check_fitting,
    check_once,
    check_sides,
    find_classes,
    make_plans,
    make_sides,
    needed_runs,
    train_missing,
    write_comparison,
)
from qinr_lightning.comparison.sides import SET_BY_COMPARISON
from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import Place, PositiveInt
from qinr_lightning.runs import locked
from qinr_lightning.seeding import Seed
from qinr_lightning.settings import call_target, launcher_config, merged, own_arguments, refuse, run_command
from qinr_lightning.train import train

SideName = Annotated[str, MinLen(1)]

log = logging.getLogger(__name__)


def compare(
    sides: Annotated[dict[SideName, str | list[str]], MinLen(2)],
    out: Place,
    labels: Literal["all"] | Annotated[list[int | str], MinLen(1)] = "all",
    seeds: PositiveInt | Annotated[list[Seed], MinLen(1)] = 3,
    name: str | None = None,
    overrides: list[str] = [],  # noqa: B006  (read, never changed)
    typed: list[str] = [],  # noqa: B006  (read, never changed)
    reuse: Place | list[Place] = [],  # noqa: B006  (read, never changed)
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
        overwrite: Whether runs in ``out`` with other settings or versions are trained anew.

    Raises:
        SettingError: When nothing can be compared like this, or ``out`` holds runs with other settings.
    """
    for side in sides:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", side):
            raise SettingError("sides", side, "the name of a side is of letters, digits and . _ -")
    refuse([*overrides, *typed], SET_BY_COMPARISON)
    common = merged(merged(["extractor=classifier"], overrides), typed)
    for_hydra = [item for item in common if item.lstrip("+~").startswith(("hydra.", "hydra/"))]
    common = [item for item in common if item not in for_hydra]
    of_seeds = list(range(seeds)) if isinstance(seeds, int) else seeds
    check_once("seeds", of_seeds)
    folder = Path(out).absolute()
    composed = make_sides(sides, common)
    launcher_config(for_hydra, folder)
    classes = find_classes(composed, labels)
    check_sides(composed, classes, folder)
    needed = needed_runs(composed, classes, of_seeds)
    plans = make_plans(composed, needed, folder, [reuse] if isinstance(reuse, str) else reuse)
    if not overwrite:
        check_fitting(plans)
    with locked(folder, "out"):
        train_missing(train, composed, plans, folder, for_hydra)
        for line in write_comparison(folder, name or " and ".join(sides), composed, common, plans):
            log.info("%s", line)


OWN = ("comparison", "labels", "name", "out", "overrides", "overwrite", "reuse", "seeds", "sides")
"""Settings of the command itself; all others are the runs'."""


if __name__ == "__main__":
    sys.argv[1:] = own_arguments(sys.argv[1:], OWN)
    run_command(call_target, "compare")
