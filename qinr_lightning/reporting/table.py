"""Tables of numbers, and how they are written as Markdown, CSV and LaTeX."""

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """A mean over seeds (or classes); a cell without a value is a gap."""

    value: float | None = None
    sd: float | None = None
    """Sample standard deviation, where there are at least two."""
    n: int = 0

    @classmethod
    def of(cls, values: Sequence[float]) -> "Cell":
        """Mean and spread of some values, a gap for none."""
        if not values:
            return cls()
        mean = sum(values) / len(values)
        if len(values) == 1:
            return cls(mean, None, 1)
        return cls(mean, (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5, len(values))


Kind = Literal["paper", "ours", "reference", "difference", "neutral difference"]
"""What a row holds; more or less than the paper is neither good nor bad in a neutral difference."""


@dataclass(frozen=True)
class Row:
    """A system, or what it is compared with, in every column."""

    name: str
    cells: list[Cell]
    kind: Kind = "ours"
    digits: int | None = None
    """Decimals, where they are not the table's."""


@dataclass
class Table:
    """Rows of numbers under common columns."""

    key: str
    """Name of its files."""
    title: str
    columns: list[str]
    rows: list[Row]
    digits: int
    lower_is_better: bool = False
    notes: list[str] = field(default_factory=list)
    """What the numbers are, and what they are not."""

    def digits_of(self, row: Row) -> int:
        """Decimals of a row."""
        return self.digits if row.digits is None else row.digits

    def texts(self, plus_minus: str = "±", gap: str = "-") -> list[list[str]]:
        """Names of the rows and their cells as text."""
        return [[row.name, *(self._text(row, cell, plus_minus, gap) for cell in row.cells)] for row in self.rows]

    def _text(self, row: Row, cell: Cell, plus_minus: str, gap: str) -> str:
        if cell.value is None:
            return gap
        digits = self.digits_of(row)
        value = round(cell.value, digits) + 0.0  # Without it, -0.0004 would be -0.000.
        text = f"{value:+.{digits}f}" if "difference" in row.kind else f"{value:.{digits}f}"
        return text if cell.sd is None else f"{text} {plus_minus} {cell.sd:.{digits}f}"

    def markdown(self) -> str:
        """A heading, the table and its notes."""
        head = [["", *map(plain, self.columns)], ["---", *["---:"] * len(self.columns)]]
        lines = [*head, *([plain(name), *cells] for name, *cells in self.texts())]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        notes = "".join(f"\n- {plain(note)}" for note in self.notes)
        return f"## {plain(self.title)}\n\n{table}\n{notes}\n"

    def csv(self) -> str:
        """One line a cell: row, column, value, standard deviation, number of values; gaps have no value."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["row", "column", "value", "sd", "n"])
        for row in self.rows:
            for column, cell in zip(self.columns, row.cells, strict=True):
                writer.writerow([row.name, column, cell.value, cell.sd, cell.n])
        return text.getvalue()

    def latex(self) -> str:
        """A table environment for the package booktabs."""
        body = [" & ".join(map(escape, ["", *self.columns])) + r" \\", r"\midrule"]
        body += [" & ".join([escape(name), *cells]) + r" \\" for name, *cells in self.texts(r"$\pm$", "--")]
        notes = " ".join(escape(note) for note in self.notes)
        return "\n".join(
            [r"\begin{table}", r"\centering", rf"\caption{{{escape(self.title)}. {notes}}}",
             rf"\begin{{tabular}}{{l{'r' * len(self.columns)}}}", r"\toprule", *body, r"\bottomrule",
             r"\end{tabular}", r"\end{table}", ""]
        )  # fmt: skip


def plain(text: str) -> str:
    """Text that Markdown shows as it is: no HTML, no link, no end of a cell; on one line."""
    text = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\|\[\]`])", r"\\\1", text)


def escape(text: str) -> str:
    """Text that LaTeX shows as it is."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(letter, "\\" + letter if letter in "&%$#_{}" else letter) for letter in text)
