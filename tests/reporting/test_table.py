import csv
import io

import pytest

from qinr_lightning.reporting.table import Cell, Listing, Row, Table


@pytest.fixture
def table():
    rows = [
        Row("paper & co", [Cell(1.234, None, 1), Cell(2.0, None, 1)], "paper"),
        Row("ours", [Cell.of([1.0, 2.0, 3.0]), Cell()]),
        Row("ours minus paper", [Cell(-0.0004, None, 1), Cell(0.5, None, 1)], "difference"),
    ]
    return Table("key", "A title", ["a_1", "b"], rows, digits=2, notes=["50 % of it"])


def test_mean_and_sample_standard_deviation():
    assert Cell.of([1.0, 2.0, 3.0]) == Cell(2.0, 1.0, 3)
    assert Cell.of([4.0]) == Cell(4.0, None, 1)
    assert Cell.of([]) == Cell(None, None, 0)


def test_markdown(table):
    lines = table.markdown().splitlines()
    assert lines[0] == "## A title"
    assert "| ours | 2.00 ± 1.00 | - |" in lines
    assert "| ours minus paper | +0.00 | +0.50 |" in lines
    assert lines[-1] == "- 50 % of it"


def test_csv_keeps_every_digit_and_leaves_gaps_empty(table):
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert rows[0] == {"row": "paper & co", "column": "a_1", "value": "1.234", "sd": "", "n": "1"}
    assert rows[3] == {"row": "ours", "column": "b", "value": "", "sd": "", "n": "0"}


def test_latex_escapes_what_latex_would_take_for_its_own(table):
    text = table.latex()
    assert r"paper \& co & 1.23 & 2.00 \\" in text
    assert r"ours & 2.00 $\pm$ 1.00 & -- \\" in text
    assert r" & a\_1 & b \\" in text
    assert r"50 \% of it" in text
    assert text.count(r"\begin{") == text.count(r"\end{")


def test_one_seed_and_differences_within_the_spread_are_said_beside_the_number():
    rows = [
        Row("ours", [Cell.over_seeds([1.5]), Cell.over_seeds([1.0, 2.0])]),
        Row("minus", [Cell(0.1, None, 2, 2, within_spread=True), Cell()], "difference"),
    ]
    table = Table("key", "A title", ["a", "b"], rows, digits=1)
    lines = table.markdown().splitlines()
    assert "| ours | 1.5 (one seed) | 1.5 ± 0.7 |" in lines
    assert "| minus | +0.1 (within spread) | - |" in lines
    assert r"minus & +0.1 (within spread) & --" in table.latex()
    assert len(table.legend()) == 2
    assert not Table("key", "A title", ["a"], [Row("paper", [Cell(1.0, None, 1)], "paper")], digits=1).legend()


def test_words_are_written_as_numbers_are():
    table = Listing("key", "A title", ["x_1"], [["a & b", "1 | 2"], ["c", ""]], notes=["said"])
    assert "| a &amp; b | 1 \\| 2 |" in table.markdown().splitlines()
    assert r"a \& b & 1 | 2 \\" in table.latex()
    assert table.csv() == "row,x_1\na & b,1 | 2\nc,\n"
