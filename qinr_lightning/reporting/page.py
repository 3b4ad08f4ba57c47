"""report.html: what a reader wants first, then everything else, in one file that needs nothing beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qinr_lightning.reporting.collect import Problem
from qinr_lightning.reporting.comparisons import Comparison, comparison_table, fairness, sentences
from qinr_lightning.reporting.curves import loss_charts
from qinr_lightning.reporting.gallery import analyses, shelves
from qinr_lightning.reporting.groups import Bench
from qinr_lightning.reporting.overview import panels
from qinr_lightning.reporting.table import Cell, Row, Table, Written
from qinr_lightning.runs import write_whole

COLOURS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip
"""Of classes, as in matplotlib's figures."""


class ShownCell(NamedTuple):
    """What the page has of a cell."""

    text: str
    mark: str = ""
    verdict: str = ""


class ShownRow(NamedTuple):
    """What the page has of a row."""

    name: str
    cells: list[ShownCell]
    kind: str = ""
    has_runs: bool = True

    @property
    def system(self) -> str:
        """The name without what stands behind a comma."""
        return self.name.partition(",")[0]


def write_page(
    path: Path,
    title: str,
    benches: Sequence[Bench],
    comparisons: Sequence[Comparison],
    tables: Sequence[Written],
    below: Sequence[str],
    problems: Sequence[Problem],
) -> None:
    """Write the page.

    Args:
        path: Where it goes.
        title: Heading.
        benches: The runs as they stand side by side.
        comparisons: What has been found between some of them.
        tables: In their order.
        below: Classes below the paper, a line each.
        problems: What could not be used.
    """
    summary = [(bench, dots) for bench in benches if (dots := panels(bench))]
    images = [(bench, strips) for bench in benches if (strips := shelves(bench))]
    analysed = [(bench, pictures) for bench in benches if (pictures := analyses(bench))]
    losses = [(bench, charts) for bench in benches if (charts := loss_charts(bench))]
    compared = [
        (table, shown(table), sentences(comparison), fairness(comparison))
        for number, comparison in enumerate(comparisons, start=1)
        for table in [comparison_table(comparison, number)]
    ]
    contents = [
        ("Summary", "summary", [], summary),
        ("Images", "images", [(bench.title, f"images_{bench.key}") for bench, _ in images], images),
        ("Comparisons", "comparisons", [(table.title, table.key) for table, *_ in compared], compared),
        ("Tables", "tables", [(table.title, table.key) for table in tables], tables),
        ("Circuits", "circuits", [(bench.title, f"circuits_{bench.key}") for bench, _ in analysed], analysed),
        ("Classes below the paper", "below", [], below),
        ("Loss curves", "losses", [(bench.title, f"losses_{bench.key}") for bench, _ in losses], losses),
    ]
    page = fill_in(
        Path(__file__).with_name("page.html.j2"),
        title=title,
        contents=[part for *part, content in contents if content],
        colours=COLOURS,
        n_runs=sum(len(bench.runs) for bench in benches),
        problems=problems,
        summary=summary,
        images=images,
        comparisons=compared,
        tables=[(table, shown(table)) for table in tables],
        analysed=analysed,
        below=below,
        losses=losses,
    )
    write_whole(path, page.encode())


def fill_in(template: Path, **content: Any) -> str:
    """A page from a Jinja template, which may include files of its folder; text is escaped."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template.name).render(**content)


def shown(table: Written) -> list[ShownRow]:
    """The rows of a table with what the page adds to them."""
    if not isinstance(table, Table):
        return [ShownRow(name, [ShownCell(text) for text in cells]) for name, *cells in table.texts()]
    return [
        ShownRow(
            row.name, [ShownCell(table.number(row, cell), cell.mark, _verdict(table, row, cell)) for cell in row.cells],
            row.kind, row.has_runs,
        )
        for row in table.rows
    ]  # fmt: skip


def _verdict(table: Table, row: Row, cell: Cell) -> str:
    """Of a difference that can be told."""
    if row.kind != "difference" or cell.value is None or cell.mark or not round(cell.value, table.digits_of(row)):
        return ""
    return "worse" if (cell.value > 0) == table.lower_is_better else "better"
