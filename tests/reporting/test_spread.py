import numpy as np
import pytest
from scipy import stats

from qinr_lightning.reporting.spread import half_width, mean_over_classes, told
from qinr_lightning.reporting.table import Cell


def over_seeds(values):
    return [Cell.over_seeds(of_class) for of_class in np.asarray(values).tolist()]


def test_of_one_class_it_is_students_interval():
    values = [15.1, 15.4, 15.2, 15.9]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert half_width(over_seeds([values])) == pytest.approx((high - low) / 2)


def test_equal_spreads_are_pooled():
    values = np.array([[1.0, 3.0], [11.0, 13.0], [5.0, 7.0]])
    expected = stats.t.ppf(0.975, 3) * np.sqrt(2 / 2 / 3)
    assert half_width(over_seeds(values)) == pytest.approx(expected)


def test_it_holds_the_true_mean_in_95_of_100_trials():
    random = np.random.default_rng(0)
    means, sds = np.array([15.0, 12.0, 18.0, 14.0]), np.array([0.1, 0.3, 0.2, 0.6])
    n, held, told_apart = 4000, 0, 0
    for _ in range(n):
        cells = over_seeds(random.normal(means[:, None], sds[:, None], (4, 3)))
        mean, half = mean_over_classes(cells).value, half_width(cells)
        held += abs(mean - means.mean()) <= half
        # The paper's numbers are a run each, of the same distribution.
        change = Cell(mean - random.normal(means, sds).mean(), None, 4)
        told_apart += not told(change, cells, beside_one_run=True).within_spread
    assert 0.94 < held / n < 0.98
    assert 0.02 < told_apart / n < 0.06


def test_a_single_seed_has_no_interval():
    cells = over_seeds([[1.0, 2.0], [1.0, 3.0]])
    assert half_width([*cells, Cell.over_seeds([2.0])]) is None
    assert half_width([Cell(), *cells]) is None
    assert half_width([]) is None
    assert not told(Cell(0.0, None, 1, 1), [Cell.over_seeds([2.0])]).within_spread


def test_the_mean_knows_the_fewest_seeds():
    cells = [Cell.over_seeds([1.0, 2.0]), Cell.over_seeds([2.5])]
    assert mean_over_classes(cells) == Cell(2.0, None, 2, 1)
    assert mean_over_classes([*cells, Cell()]) == Cell()
