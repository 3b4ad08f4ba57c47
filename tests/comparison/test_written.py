"""What stands on the pages of a comparison, of results that are made up."""

from qinr_lightning.comparison.metrics import RECONSTRUCTION, of_samples
from qinr_lightning.comparison.pairs import compare_pairs
from qinr_lightning.comparison.result import samples
from qinr_lightning.comparison.written import _gaps, _head, _page, pair_tables, said_once
from qinr_lightning.reporting.comparisons import Comparison, comparison_table

PSNR, FRECHET = RECONSTRUCTION[0], of_samples("classifier")[0]


def result(**sides):
    """Of sides with numbers for each class and seed."""
    return {
        "model": "vae", "dataset": "mnist", "labels": ["0"], "seeds": [0], "overrides": ["model=vae"],
        "sides": {name: {"overrides": [], "missing": []} for name in sides},
        "samples": samples([numbers for runs in sides.values() for numbers in runs.values()]),
        "name": "c", "fair": {"equal_tuning": True, "why": ""}, "versions": {},
        "pairs": compare_pairs(sides, [PSNR, FRECHET]), "beside_principal_components": [],
    }  # fmt: skip


def test_the_head_says_n_and_features_and_gaps_what_is_left_out():
    own = {"test/samples/n": 500, "classifier/hash": 10, "classifier/accuracy": 0.9, FRECHET.key: 5.0}
    alike = result(a={("0", 0): own}, b={("0", 0): own})
    assert "Samples: N = 500; features of the classifier 00000000000a." in _head(alike)
    assert _gaps(alike) == []
    other = result(a={("0", 0): own}, b={("0", 0): own | {"test/samples/n": 40, "classifier/hash": 11}})
    assert "Samples: N = 40 or 500; features of the classifier 00000000000a and 00000000000b." in _head(other)
    assert _gaps(other) == [
        "left out: a minus b, class 0, seed 0, test/samples/classifier/frechet: 500 and 40 samples, "
        "features of 00000000000a and 00000000000b"
    ]
    whose = [own | {"classifier/weights": weights} for weights in (12, 13)]
    said = "features of the classifier 00000000000a (weights 00000000000c and 00000000000d)."
    assert f"Samples: N = 500; {said}" in _head(result(a={("0", 0): whose[0]}, b={("0", 0): whose[1]}))
    assert "Samples" not in " ".join(_head(result(a={("0", 0): {PSNR.key: 1.0}}, b={})))


def one_seed(*values):
    return {(str(label), 0): {PSNR.key: value} for label, value in enumerate(values)}


def test_what_can_be_told_stands_out_and_what_one_seed_does_not_tell_is_said_once():
    found = result(a=one_seed(10, 11, 12), b=one_seed(10.3, 10.8, 12.1), c=one_seed(11, 12.1, 13))
    page = _page(found, [])
    told = [pair["metrics"][PSNR.key] for pair in found["pairs"]]
    assert {difference["told_apart"] for difference in told} == {True, False}
    for difference in told:
        assert (f"<strong>{difference['sentence']}</strong>" in page) == difference["told_apart"]
    (line,) = said_once(found)
    assert page.count(line) == 1
    two_seeds = one_seed(10, 11) | {("0", 1): {PSNR.key: 10.5}, ("1", 1): {PSNR.key: 10.9}}
    assert said_once(result(a=two_seeds, b={run: {PSNR.key: 10.6} for run in two_seeds})) == []


def test_a_report_has_the_numbers_that_the_comparison_has():
    found = result(a=one_seed(10, 11, 12, 13), b=one_seed(10, 11.001, 11.96, 13))
    (ours,) = pair_tables(found)
    theirs = comparison_table(Comparison.model_validate(found), 1)
    row, other = ours.rows[0], theirs.rows[0]
    assert row[1:3] == other[1:3]
    assert row[5] == other[6]
    assert "-0.00" not in row[2]
