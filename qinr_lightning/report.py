"""Tables, figures and a page from finished runs: ``python -m qinr_lightning.report multirun/2026-01-01/12-00-00``."""

import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from qinr_lightning.errors import SettingError
from qinr_lightning.reporting import collect
from qinr_lightning.reporting.appendix_tables import appendix_tables
from qinr_lightning.reporting.comparisons import comparison_table, find_comparisons, with_sides
from qinr_lightning.reporting.entries import entries_table
from qinr_lightning.reporting.figures import draw_figures
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.means import means_table
from qinr_lightning.reporting.overview import draw_summary
from qinr_lightning.reporting.own_tables import below_the_paper, diversity_tables, drawn_otherwise_table
from qinr_lightning.reporting.page import write_page
from qinr_lightning.reporting.paper_tables import class_tables
from qinr_lightning.reporting.resources import resources_table
from qinr_lightning.reporting.side_by_side import metric_tables, settings_table
from qinr_lightning.reporting.sizes import draw_frontiers
from qinr_lightning.reporting.table import Written, plain
from qinr_lightning.reporting.tidy import RUNS_CSV, runs_csv
from qinr_lightning.runs import find_runs, write_whole
from qinr_lightning.settings import call_target, changed_by, check_folder_to_write, run_command

TITLE = "QINR autoencoders: results"
PAGE, PARTS = "report.html", ("tables", "figures")
log = logging.getLogger(__name__)


def make_report(runs: list[str], out: str | None = None) -> None:
    """Collect runs, of any number of seeds, and write tables and figures; what cannot be read is named and left out.

    Into ``out`` go ``report.html`` (everything in one file), ``tables.md``, ``tables/*.csv``, ``tables/*.tex``,
    ``figures/*.png`` and ``runs.csv`` (all metrics of all runs).

    Args:
        runs: Run folders, or folders with runs in them.
        out: Folder to write to; None is ``report/`` in the first of them.

    Raises:
        SettingError: Without folders, for one without runs, where ``out`` cannot be written to, and where it has
            tables or figures that are of no report.
    """
    if not runs:
        allowed = "needs folders, such as python -m qinr_lightning.report multirun/2026-01-01/12-00-00"
        raise SettingError("runs", runs, allowed)
    for place in runs:
        find_runs(place, setting="runs")
    folder = Path(out) if out else Path(runs[0]) / "report"
    check_folder_to_write("out", folder)
    for part in PARTS:
        if (folder / part).exists() and not (folder / PAGE).exists():
            raise SettingError("out", folder, f"has {part} that are of no report; name another folder")
    collection = collect(runs, changed_by)
    comparisons, unread = find_comparisons(runs)
    found = with_sides(collection.runs, comparisons)
    problems = [*collection.problems, *unread]
    side_by_side = benches(found)
    from_paper = [*class_tables(found), *appendix_tables(found)]
    drawn_otherwise, entries = drawn_otherwise_table(found), entries_table(found)
    resources = resources_table(found)
    tables: list[Written] = [
        *(means_table(bench) for bench in side_by_side),
        *(settings_table(bench) for bench in side_by_side),
        *([entries] if entries else []),
        *from_paper,
        *(table for bench in side_by_side for table in metric_tables(bench)),
        *diversity_tables(found),
        *([drawn_otherwise] if drawn_otherwise else []),
        *([resources] if resources else []),
    ]
    compared = [comparison_table(comparison, number) for number, comparison in enumerate(comparisons, start=1)]
    below = below_the_paper(from_paper)
    sections = [
        "# Report\n",
        *_listed("Runs that are not in here", [f"{problem.folder}: {problem.reason}" for problem in problems]),
        *(table.markdown() for table in [*compared, *tables]),
        *_listed("Classes below the paper, on the train subset", below),
    ]
    with replacing(folder) as new:
        for table in [*compared, *tables]:
            write_whole(new / "tables" / f"{table.key}.csv", table.csv().encode())
            write_whole(new / "tables" / f"{table.key}.tex", table.latex().encode())
        write_whole(new / RUNS_CSV, runs_csv(found).encode())
        write_whole(new / "tables.md", "\n".join(sections).encode())
        figures = [draw(found, new / "figures") for draw in (draw_summary, draw_figures, draw_frontiers)]
        write_page(new / PAGE, TITLE, side_by_side, comparisons, tables, below, problems)
    for problem in problems:
        log.warning("left out: %s: %s", problem.folder, problem.reason)
    log.info(
        "%d runs, %d tables, %d figures: %s",
        len(found),
        len(tables),
        sum(map(len, figures)),
        folder / PAGE,
    )


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Where to write a report, empty, that takes the place of the one in ``folder`` when the block has ended.

    Until then what was there stays, whatever ends the process; what an earlier one has left half written is taken away.
    """
    new = folder / ".report.partial"
    shutil.rmtree(new, ignore_errors=True)
    for part in PARTS:
        (new / part).mkdir(parents=True)
    try:
        yield new
        # The page first: without it, tables and figures would be taken for somebody else's.
        for file in sorted((path for path in new.iterdir() if path.is_file()), key=lambda path: path.name != PAGE):
            file.replace(folder / file.name)
        for part in PARTS:
            # What an earlier report has left there does not belong to these runs.
            shutil.rmtree(folder / part, ignore_errors=True)
            (new / part).replace(folder / part)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _listed(heading: str, lines: Sequence[str]) -> list[str]:
    """A section with a line for each item; none without an item."""
    return [f"## {heading}\n\n" + "".join(f"- {plain(line)}\n" for line in lines)] if lines else []


_WITH_VALUE = ("--cfg", "-c", "--package", "-p", "--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd")
"""Hydra's options that a word follows."""


def folders_as_setting(arguments: list[str]) -> list[str]:
    """Turn plain folders on the command line into the setting ``runs``."""
    of_options = [value for option, value in pairwise(arguments) if option in _WITH_VALUE]
    folders = [item for item in arguments if "=" not in item and not item.startswith("-") and item not in of_options]
    folders += [item for item in arguments if "=" in item and Path(item).is_dir()]
    others = [item for item in arguments if item not in folders]
    quoted = ["'" + folder.replace("\\", "\\\\").replace("'", "\\'") + "'" for folder in folders]
    return [*others, f"runs=[{','.join(quoted)}]"] if folders else others


if __name__ == "__main__":
    sys.argv[1:] = folders_as_setting(sys.argv[1:])
    run_command(call_target, "report")
