"""report.html: tables, curves and images in one file that needs nothing else."""

import base64
from collections.abc import Sequence
from pathlib import Path

from qinr_lightning.reporting.collect import Collection
from qinr_lightning.reporting.figures import Figure
from qinr_lightning.reporting.table import Table


def write_page(
    path: Path,
    title: str,
    collection: Collection,
    tables: Sequence[Table],
    figures: Sequence[Figure],
    below: Sequence[str],
) -> None:
    """Write the page.

    Args:
        path: Where it goes.
        title: Heading.
        collection: The runs it is made of, and those that it could not use.
        tables: In their order.
        figures: Already drawn; their pictures go into the page.
        below: Classes below the paper, a line each.
    """
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("page.html.j2").render(
        title=title,
        collection=collection,
        tables=[(table, list(zip(table.rows, table.texts(), strict=True))) for table in tables],
        figures=[(figure, base64.b64encode(figure.path.read_bytes()).decode()) for figure in figures],
        below=below,
    )
    path.write_text(page)
