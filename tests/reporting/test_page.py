"""What report.html adds to its tables."""

import pytest

from qinr_lightning.reporting.page import shown
from qinr_lightning.reporting.table import Cell, Row, Table


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        (Cell(0.5, 0.1, 3, 3), "better"),
        (Cell(-0.5, 0.1, 3, 3), "worse"),
        (Cell(0.5, None, 1, 1), ""),  # Another seed may say otherwise.
        (Cell(0.5, 0.6, 3, 3, within_spread=True), ""),
        (Cell(0.001, 0.0, 3, 3), ""),
    ],
)
def test_a_difference_is_coloured_where_it_can_be_told(cell, verdict):
    ((_, (found,), *_),) = shown(Table("t", "t", ["0"], [Row("a minus b", [cell], "difference")], digits=2))
    assert found.verdict == verdict
