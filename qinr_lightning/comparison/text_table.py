"""A table of texts, as Markdown and LaTeX."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qinr_lightning.reporting.table import escape, plain


@dataclass(frozen=True)
class TextTable:
    """Rows of texts under common columns; the first column names the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=list)

    def markdown(self) -> str:
        """A heading, the table and its notes."""
        lines = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)], *self.rows]
        texts = [lines[1] if line is lines[1] else [plain(text) for text in line] for line in lines]
        table = "\n".join(f"| {' | '.join(line)} |" for line in texts)
        notes = "".join(f"\n- {plain(note)}" for note in self.notes)
        return f"## {plain(self.title)}\n\n{table}\n{notes}\n"

    def latex(self) -> str:
        """A table environment for the package booktabs."""
        body = [" & ".join(map(_latex, line)) + r" \\" for line in [self.columns, *self.rows]]
        notes = " ".join(map(_latex, self.notes))
        return "\n".join(
            [r"\begin{table}", r"\centering", rf"\caption{{{_latex(self.title)}. {notes}}}",
             rf"\begin{{tabular}}{{l{'r' * (len(self.columns) - 1)}}}", r"\toprule", body[0], r"\midrule", *body[1:],
             r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
        )  # fmt: skip


def _latex(text: str) -> str:
    """A cell in brackets would be the argument of the line break before it."""
    escaped = escape(text)
    return f"{{{escaped}}}" if escaped.startswith("[") else escaped
