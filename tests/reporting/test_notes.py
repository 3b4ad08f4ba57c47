"""What stands under tables."""

import pytest

from qinr_lightning.reporting.collect import collect
from qinr_lightning.reporting.notes import notes

HASH = {"classifier/hash": 255, "classifier/accuracy": 0.9}


@pytest.mark.parametrize(
    ("weights", "words"),
    [((), "(hash 0000000000ff)"), ((1, 2), "(hash 0000000000ff, weights 000000000001, 000000000002)")],
)
def test_classifiers_are_told_apart(weights, words, make_run):
    facts = [{"classifier/weights": value} for value in weights] or [{}]
    folders = [make_run(f"run{number}", seed=number, **HASH, **fact) for number, fact in enumerate(facts)]
    runs = collect(folders).runs
    assert sum(words in note for note in notes(runs)) == 1
