"""Tables of numbers and of words, and how they are written as Markdown, CSV and LaTeX."""

import csv
import html
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

ONE_SEED = "one seed"
"""Beside a number whose spread over seeds is not known."""
WITHIN = "within spread"
"""Beside a difference that the seeds alone can make."""
LEGEND = {
    ONE_SEED: "One seed: what another seed would give is not known.",
    WITHIN: "Within spread: the seeds alone can make a difference of this size (it is inside the 95 % interval of "
    "Student's t around zero, from the standard deviation over seeds; a number of the paper counts as one run).",
}
"""What the marks mean."""


@dataclass(frozen=True)
class Cell:
    """A mean over seeds (or classes); a cell without a value is a gap."""

    value: float | None = None
    sd: float | None = None
    """Sample standard deviation, where there are at least two."""
    n: int = 0
    n_seeds: int | None = None
    """Seeds behind the value, of the class that has the fewest; None where they are unknown or do not matter."""
    within_spread: bool = False
    """Of a difference: the seeds alone can make one of this size."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Cell":
        """Mean and spread of some values, a gap for none."""
        if not values:
            return cls()
        mean = sum(values) / len(values)
        if len(values) == 1:
            return cls(mean, None, 1)
        return cls(mean, (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5, len(values))

    @classmethod
    def over_seeds(cls, values: Sequence[float]) -> "Cell":
        """Mean and spread of a number of each seed, a gap for none."""
        return replace(cls.of(values), n_seeds=len(values)) if values else cls()

    @property
    def mark(self) -> str:
        """What stands beside the number, if anything: a key of :data:`LEGEND`."""
        if self.value is None:
            return ""
        return ONE_SEED if self.n_seeds == 1 else WITHIN if self.within_spread else ""


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
    has_runs: bool = True
    """False for a system that the runs have nothing of; the page folds such rows."""


@dataclass
class Written(ABC):
    """What tables of numbers and of words have in common: a name in front of each row, and formats."""

    key: str
    """Name of its files."""
    title: str
    columns: list[str]
    notes: list[str] = field(default_factory=list, kw_only=True)
    """What the numbers are, and what they are not."""

    @abstractmethod
    def texts(self, gap: str = "-") -> list[list[str]]:
        """Names of the rows and their cells."""

    @abstractmethod
    def legend(self) -> list[str]:
        """What the marks in it mean."""

    @abstractmethod
    def csv(self) -> str:
        """The table for other programs."""

    def markdown(self) -> str:
        """A heading, the table and its remarks."""
        head = [["", *map(plain, self.columns)], ["---", *["---:"] * len(self.columns)]]
        lines = [*head, *(list(map(plain, row)) for row in self.texts())]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        remarks = "".join(f"\n- {plain(remark)}" for remark in [*self.notes, *self.legend()])
        return f"## {plain(self.title)}\n\n{table}\n{remarks}\n"

    def latex(self) -> str:
        """A table environment for the package booktabs."""
        lines = [" & ".join(map(_latex_cell, row)) + r" \\" for row in (["", *self.columns], *self.texts("--"))]
        remarks = " ".join(map(escape, [*self.notes, *self.legend()]))
        return "\n".join(
            [r"\begin{table}", r"\centering", rf"\caption{{{escape(self.title)}. {remarks}}}",
             rf"\begin{{tabular}}{{l{'r' * len(self.columns)}}}", r"\toprule", lines[0], r"\midrule", *lines[1:],
             r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
        )  # fmt: skip


@dataclass
class Table(Written):
    """Rows of numbers under common columns."""

    rows: list[Row]
    digits: int
    lower_is_better: bool = False

    def digits_of(self, row: Row) -> int:
        """Decimals of a row."""
        return self.digits if row.digits is None else row.digits

    def number(self, row: Row, cell: Cell, gap: str = "-") -> str:
        """A cell as text, without its mark."""
        if cell.value is None:
            return gap
        digits = self.digits_of(row)
        text = decimals(cell.value, digits, "+" if "difference" in row.kind else "")
        return text if cell.sd is None else f"{text} ± {cell.sd:.{digits}f}"

    def texts(self, gap: str = "-") -> list[list[str]]:
        return [
            [row.name, *(f"{self.number(row, cell, gap)}{cell.mark and f' ({cell.mark})'}" for cell in row.cells)]
            for row in self.rows
        ]

    def legend(self) -> list[str]:
        marks = {cell.mark for row in self.rows for cell in row.cells}
        return [words for mark, words in LEGEND.items() if mark in marks]

    def csv(self) -> str:
        """One line a cell: row, column, value, standard deviation, number of values; gaps have no value."""
        lines = [
            [row.name, column, cell.value, cell.sd, cell.n]
            for row in self.rows
            for column, cell in zip(self.columns, row.cells, strict=True)
        ]
        return _csv([["row", "column", "value", "sd", "n"], *lines])


@dataclass
class Listing(Written):
    """Rows of words under common columns."""

    rows: list[list[str]]
    """The name and the cells of each."""

    def texts(self, gap: str = "-") -> list[list[str]]:
        return [[text or gap for text in row] for row in self.rows]

    def legend(self) -> list[str]:
        return []

    def csv(self) -> str:
        """One line a row."""
        return _csv([["row", *self.columns], *self.rows])


def _csv(lines: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def decimals(value: float, digits: int, sign: Literal["", "+"] = "") -> str:
    """A number with its decimals; with a sign in any case where it is ``+``."""
    # Without + 0.0, -0.0004 would be -0.000.
    return f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def interval(low: float | None, high: float | None, digits: int) -> str:
    """The ends of an interval with their signs; a dash where there is none."""
    return "-" if low is None or high is None else f"[{decimals(low, digits, '+')}, {decimals(high, digits, '+')}]"


def p_value(p: float | None) -> str:
    """Of a test, to three decimals; a dash where there is none."""
    return "-" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"


def plain(text: str) -> str:
    """Text that Markdown shows as it is: no HTML, no link, no end of a cell; on one line."""
    text = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\|\[\]`])", r"\\\1", text)


def _latex_cell(text: str) -> str:
    """In brackets it would be the argument of the line break before it."""
    escaped = escape(text)
    return f"{{{escaped}}}" if escaped.startswith("[") else escaped


def escape(text: str) -> str:
    """Text that LaTeX shows as it is."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$"}
    return "".join(special.get(letter, "\\" + letter if letter in "&%$#_{}" else letter) for letter in text)
