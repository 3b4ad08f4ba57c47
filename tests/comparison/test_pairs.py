"""Two sides metric by metric: who is better, by how much, and in which words."""

import math

import pytest

from qinr_lightning.comparison.metrics import RECONSTRUCTION, compared_metrics, metric_named, of_samples
from qinr_lightning.comparison.pairs import PRINCIPAL, compare_pairs, compare_with_principal_components
from qinr_lightning.errors import SettingError

PSNR, FRECHET = RECONSTRUCTION[0], of_samples("classifier")[0]


def runs(numbers, key="test/psnr"):
    """By class and seed, of one number for each; None is a run that is missing."""
    return {where: {key: value} for where, value in numbers.items() if value is not None}


def grid(values):
    return {(str(label), seed): value for label, row in enumerate(values) for seed, value in enumerate(row)}


def compared(a, b, metric=PSNR):
    (pair,) = compare_pairs({"a": runs(grid(a), metric.key), "b": runs(grid(b), metric.key)}, [metric])
    return pair["metrics"][metric.key]


def test_the_difference_is_the_first_minus_the_second():
    told = compared([[10, 11], [12, 14]], [[11, 12.5], [12.5, 15]])
    assert told["differences"] == {"0": {"0": -1, "1": -1.5}, "1": {"0": -0.5, "1": -1}}
    assert told["mean"] == pytest.approx(-1)
    assert (told["wins"], told["ties"], told["losses"], told["n_classes"], told["n_seeds"]) == (0, 0, 2, 2, 2)


def test_every_side_stands_beside_principal_components_of_its_own_runs():
    """In the metrics that these have; a side without reconstructions does not."""
    psnr = {("0", 0): (20.0, 19.0), ("0", 1): (20.5, 19.0), ("1", 0): (18.0, 18.5), ("1", 1): (18.0, 18.5)}
    a = {run: {"test/psnr": own, "test/pca_8/psnr": linear, FRECHET.key: 5.0} for run, (own, linear) in psnr.items()}
    gan = {run: {FRECHET.key: 9.0} for run in psnr}
    (pair,) = compare_with_principal_components({"a": a, "gan": gan}, [PSNR, FRECHET])
    assert (pair["a"], pair["b"]) == ("a", PRINCIPAL)
    assert list(pair["metrics"]) == [PSNR.key]
    told = pair["metrics"][PSNR.key]
    assert told["differences"] == {"0": {"0": 1.0, "1": 1.5}, "1": {"0": -0.5, "1": -0.5}}
    assert (told["wins"], told["losses"]) == (1, 1)


def test_classes_that_differ_by_less_than_is_shown_are_ties():
    told = compared([[10.004], [11], [12.0], [9]], [[10], [10.99], [12.01], [9]])
    assert (told["wins"], told["ties"], told["losses"]) == (1, 2, 1)


def test_of_a_distance_the_lower_is_better():
    a = [[20 + k, 20.5 + k + 0.01 * (2 * k - 5)] for k in range(6)]
    b = [[30 + k, 30 + k] for k in range(6)]
    told = compared(a, b, FRECHET)
    assert told["mean"] < 0
    assert (told["wins"], told["losses"]) == (6, 0)
    assert told["sentence"].startswith("a is better by 9.75 [")
    assert told["sentence"].endswith("], on 6 of 6 classes")


def test_the_better_side_is_named_with_an_interval_in_its_favour():
    told = compared([[10.0 + 0.01 * k] for k in range(10)], [[11.08 + 0.02 * (k % 3)] for k in range(10)])
    low, high = -told["high"], -told["low"]
    assert told["told_apart"]
    assert told["sentence"] == f"b is better by {-told['mean']:.2f} dB [{low:.2f}, {high:.2f}], on 10 of 10 classes"


def test_a_sure_difference_that_would_not_show_is_none():
    told = compared([[10.002 + 0.0001 * k] for k in range(10)], [[10.0]] * 10)
    assert 0 < told["low"] < told["high"] < 0.005
    assert not told["told_apart"]
    assert told["sentence"] == "the same on 10 of 10 classes, to the decimals that are shown"


def test_equal_numbers_are_said_to_be_the_same():
    told = compared([[10.0], [11.0], [12.0]], [[10.0], [11.0], [12.0]])
    assert told["sentence"] == "the same on 3 of 3 classes, to the decimals that are shown"
    assert not told["told_apart"]


def test_what_cannot_be_told_is_said_with_what_would_tell_it():
    told = compared([[10, 10.4], [10.3, 10], [10, 10.2]], [[10.2, 10], [10, 10.3], [10.1, 10]])
    assert not told["told_apart"]
    between = f"[{told['low']:.2f}, {told['high']:.2f}] dB"
    assert told["sentence"] == (
        f"no difference can be told: {between}; 0.1 dB would be told with {told['seeds_to_tell']} seeds"
    )
    one_seed = compared([[10], [10.3]], [[10.2], [10]])
    assert one_seed["sentence"] == f"no difference can be told: [{one_seed['low']:.2f}, {one_seed['high']:.2f}] dB"


def test_one_class_tells_nothing_of_others():
    several, one = compared([[10, 10.1, 10]], [[12, 12, 12]]), compared([[10]], [[12]])
    assert several["p"] is several["p_holm"] is None
    assert several["sentence"].endswith("; this is class 0 alone, classes cannot be told")
    assert one["sentence"] == "nothing can be told from one class and one seed: -2.00 dB"
    assert (one["low"], one["high"], one["told_apart"]) == (None, None, False)


def test_a_run_that_is_missing_is_a_gap_on_both_sides():
    told = compared([[10, None], [12, 13]], [[11, 11], [None, 12]])
    assert told["differences"] == {"0": {"0": -1}, "1": {"1": 1}}
    infinite = compared([[math.inf], [12]], [[math.inf], [11]])
    assert infinite["n_classes"] == 1


def test_every_pair_is_compared_in_the_order_of_the_sides():
    sides = {name: runs({("0", 0): value, ("1", 0): value}) for name, value in (("c", 1), ("a", 2), ("b", 3))}
    assert [(pair["a"], pair["b"]) for pair in compare_pairs(sides, [PSNR])] == [("c", "a"), ("c", "b"), ("a", "b")]


def test_metrics_are_those_of_the_test_split_that_runs_have():
    metrics = {"train/psnr": 1.0, "test/psnr": 1.0, "test/samples/inception/frechet": 1.0, "test/pca_6/psnr": 1.0}
    assert [m.key for m in compared_metrics(metrics, ["inception"])] == ["test/psnr", "test/samples/inception/frechet"]
    assert metric_named("test/samples/inception/frechet").lower_is_better
    with pytest.raises(SettingError, match="metric=train/psnr: must be one of test/psnr"):
        metric_named("train/psnr")


def test_what_has_been_evaluated_with_a_label_in_front_is_compared_too():
    noisy, drawn = "depolarizing_0.01/shots_1024/test/psnr", f"gmm/{FRECHET.key}"
    others = ["gmm/test/samples/n", "gmm/train/samples/classifier/frechet", "test/real/classifier/frechet"]
    found = compared_metrics([drawn, noisy, "test/psnr", *others], ["classifier"])
    assert [(m.key, m.title) for m in found] == [
        ("test/psnr", "PSNR"),
        (noisy, "PSNR, depolarizing_0.01/shots_1024"),
        (drawn, "Frechet distance (classifier), gmm"),
    ]
    assert found[-1].lower_is_better
    ours, twin = (runs(grid([[value, value], [value, 1.1 * value]]), drawn) for value in (5.0, 7.0))
    (pair,) = compare_pairs({"ours": ours, "twin": twin}, found)
    assert pair["metrics"][drawn]["sentence"].startswith("ours is better by 2.05 [")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"test/samples/n": 40}, "500 and 40 samples"),
        ({"classifier/hash": 11}, "features of 00000000000a and 00000000000b"),
        ({"test/n_reference": 9}, "against 1000 and 9 images"),
    ],
)
def test_samples_are_paired_with_those_of_their_number_and_features_alone(other, reason):
    own = {"test/samples/n": 500, "classifier/hash": 10, "test/n_reference": 1000, FRECHET.key: 5.0, PSNR.key: 20.0}
    sides = {"a": {("0", 0): own, ("1", 0): own}, "b": {("0", 0): own, ("1", 0): own | other}}
    (pair,) = compare_pairs(sides, [PSNR, FRECHET])
    assert pair["metrics"][FRECHET.key]["differences"] == {"0": {"0": 0.0}}
    assert pair["metrics"][PSNR.key]["differences"].keys() == {"0", "1"}
    assert pair["left_out"] == [{"label": "1", "seed": 0, "reason": reason, "metrics": [FRECHET.key]}]


def test_differences_that_are_all_the_same_are_said_to_tell_nothing():
    told = compared([[0.52, 0.53]], [[0.5, 0.51]], metric_named("test/samples/classifier/coverage"))
    assert not told["told_apart"]
    assert told["sentence"] == "nothing can be told from 2 differences that are the same: 0.020"
    classes = compared([[10.0, 11.0], [12.0, 12.0]], [[9.0, 11.0], [11.5, 11.5]])
    assert classes["sentence"] == "nothing can be told from means of 2 classes that are the same: 0.50 dB"
