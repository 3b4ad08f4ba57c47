"""What is told from paired differences: against closed forms, against scipy and on simulated runs."""

import numpy as np
import pytest
from scipy import stats

from qinr_lightning.comparison.statistics import holm, interval, seeds_to_tell, wilcoxon


def differences(values):
    """By class and seed, of an array (classes, seeds)."""
    return {str(label): dict(enumerate(map(float, row))) for label, row in enumerate(values)}


def simulated(random, n_classes, n_seeds, of_classes, of_seeds, mean=1.0, kind="normal"):
    shift = {
        "normal": random.normal,
        "uniform": lambda size: random.uniform(-(3**0.5), 3**0.5, size),
        "heavy": lambda size: random.standard_t(5, size) / (5 / 3) ** 0.5,
    }[kind](size=(n_classes, 1))
    return differences(mean + of_classes * shift + of_seeds * random.normal(size=(n_classes, n_seeds)))


def test_the_interval_of_many_classes_is_students():
    values = np.random.default_rng(0).normal(size=(200, 1))
    told = interval(differences(values))
    low, high = stats.t.interval(0.95, 199, values.mean(), stats.sem(values[:, 0]))
    assert told.mean == pytest.approx(values.mean())
    assert (told.low, told.high) == pytest.approx((low, high), abs=0.01)


@pytest.mark.parametrize("shape", [(2, 1), (3, 2), (10, 3), (1, 4)])
def test_the_interval_moves_with_its_differences(shape):
    values = np.random.default_rng(1).normal(size=shape)
    told, moved = interval(differences(values)), interval(differences(3 * values - 5))
    assert told.low < told.mean < told.high
    assert [moved.mean, moved.low, moved.high] == pytest.approx(
        [3 * told.mean - 5, 3 * told.low - 5, 3 * told.high - 5]
    )


def test_each_class_counts_alike_however_many_seeds_it_has():
    told = interval({"0": {0: 1.0, 1: 3.0, 2: 2.0}, "1": {0: 5.0}, "2": {1: 3.5, 4: 4.5}})
    assert told.mean == pytest.approx((2 + 5 + 4) / 3)


def test_what_is_never_repeated_has_no_interval():
    told = interval({"7": {3: 0.25}})
    assert (told.mean, told.low, told.high, told.excludes_zero) == (0.25, None, None, False)


@pytest.mark.parametrize("values", [np.full((4, 3), 0.5), np.zeros((4, 3)), [[0.02, 0.02]], [[0.1 + 0.2], [0.3]]])
def test_equal_differences_tell_nothing(values):
    """Nor do those that differ by rounding alone."""
    told = interval(differences(values))
    assert told.mean == pytest.approx(np.mean(values))
    assert (told.low, told.high, told.excludes_zero) == (None, None, False)


def test_wilcoxon_of_ten_classes_that_agree_has_its_closed_form():
    assert wilcoxon([0.1 * k for k in range(1, 11)]) == pytest.approx(2 / 2**10)
    assert wilcoxon([0.0, *(-0.1 * k for k in range(1, 11))]) == pytest.approx(2 / 2**10)
    assert wilcoxon([0.0, 0.0]) == 1.0
    assert wilcoxon([0.3]) is None


def test_holm_is_what_it_was_published_as():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, None, 0.9]) == [1.0, None, 1.0]
    assert holm([]) == []


def test_more_seeds_tell_less():
    random = np.random.default_rng(2)
    found = simulated(random, 10, 3, of_classes=0.0, of_seeds=0.5)
    needed = [seeds_to_tell(size, found) for size in (0.1, 0.2, 0.4)]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > needed[-1]
    assert seeds_to_tell(0.2, found) == seeds_to_tell(
        2.0, {label: {seed: 10 * value for seed, value in row.items()} for label, row in found.items()}
    )


def test_no_number_of_seeds_makes_up_for_classes_that_differ():
    assert seeds_to_tell(0.1, differences([[0.0, 0.001], [5.0, 5.001], [9.0, 9.001]])) is None
    assert seeds_to_tell(0.1, differences([[0.0], [0.1]])) is None


N_TRIALS = 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_classes", "n_seeds", "of_classes", "of_seeds", "kind"),
    [
        (10, 3, 1.0, 0.5, "normal"), (10, 3, 0.2, 1.0, "normal"), (10, 3, 0.0, 1.0, "normal"),
        (10, 1, 1.0, 0.5, "normal"), (10, 3, 1.0, 0.5, "uniform"), (10, 3, 1.0, 0.5, "heavy"),
        (5, 3, 0.5, 0.5, "normal"), (26, 3, 0.5, 0.5, "normal"),
    ],
)  # fmt: skip
def test_the_interval_covers_a_known_difference_in_95_of_100_trials(n_classes, n_seeds, of_classes, of_seeds, kind):
    """And no difference is called one in at most 7 of 100."""
    random = np.random.default_rng(3)
    covered = called = 0
    for _ in range(N_TRIALS):
        told = interval(simulated(random, n_classes, n_seeds, of_classes, of_seeds, 1.0, kind), 2000)
        covered += told.low <= 1 <= told.high
        called += interval(simulated(random, n_classes, n_seeds, of_classes, of_seeds, 0.0, kind), 2000).excludes_zero
    assert 0.93 <= covered / N_TRIALS <= 0.97
    assert called / N_TRIALS <= 0.07


@pytest.mark.slow
def test_as_many_seeds_as_are_asked_for_tell_the_difference_four_times_out_of_five():
    random = np.random.default_rng(4)
    pilot = simulated(random, 10, 200, of_classes=0.05, of_seeds=0.3, mean=0.0)
    n_seeds = seeds_to_tell(0.2, pilot)
    told = [interval(simulated(random, 10, n_seeds, 0.05, 0.3, mean=0.2), 1000).excludes_zero for _ in range(N_TRIALS)]
    assert 0.76 <= np.mean(told) <= 0.92
    fewer = [
        interval(simulated(random, 10, n_seeds - 1, 0.05, 0.3, mean=0.2), 1000).excludes_zero for _ in range(N_TRIALS)
    ]
    assert np.mean(fewer) < 0.82
