"""Counting the paper's entries that are met."""

import pytest

from qinr_lightning.paper import paper_tables
from qinr_lightning.reporting import collect
from qinr_lightning.reporting.entries import entries_table


@pytest.fixture
def make_runs(make_run):
    """Of Fashion-MNIST's QINR-AE, on some classes: SSIM (table 6) so much above the paper's, by seed."""

    def make(name, labels, differences, **more):
        table = paper_tables()["6"]
        for label in labels:
            number = table.rows["QINR-AE"][table.labels.index(label)]
            for seed, difference in enumerate(differences):
                make_run(
                    f"{name} {label} {seed}", label=label, seed=seed, **{"train/ssim": number + difference}, **more
                )

    return make


def counts(tmp_path):
    return {name: list(map(int, numbers)) for name, *numbers in entries_table(collect([tmp_path]).runs).rows}


def test_an_entry_is_met_below_or_within_the_spread(make_runs, tmp_path):
    """The mean over seeds counts, as the tables round it."""
    make_runs("equal", ["T-shirt"], [0, 0, 0])
    make_runs("above on the mean", ["Trouser"], [-0.02, 0.01, 0.04])
    make_runs("rounded", ["Dress"], [-0.0004, -0.0004, -0.0004])
    make_runs("spread", ["Coat"], [-0.05, 0.01, -0.01])
    make_runs("below", ["Bag", "Shirt"], [-0.101, -0.100, -0.099])
    make_runs("one seed", ["Sandal"], [-0.01])
    # Entries, met, below within spread, below: nothing is known of the spread of one seed.
    assert counts(tmp_path) == {"fashion, QINR-AE, usual settings": [7, 3, 1, 3]}


def test_the_best_kind_of_run_counts_for_each_entry(make_runs, tmp_path):
    make_runs("usual", ["T-shirt", "Bag"], [-0.2, -0.2])
    make_runs("met", ["T-shirt"], [0.1, 0.1], changed={"readout": "xyz"})
    make_runs("neither", ["Bag", "Coat"], [-0.1, -0.1], changed={"readout": "zz"})
    assert counts(tmp_path) == {
        "fashion, QINR-AE, usual settings": [2, 0, 0, 2],
        "fashion, QINR-AE, readout=xyz": [1, 1, 0, 0],
        "fashion, QINR-AE, readout=zz": [2, 0, 0, 2],
        "the best of all rows for each": [3, 1, 0, 2],
    }


def test_what_the_paper_has_no_entry_for_does_not_count(make_run, tmp_path):
    """Other systems, joint models, data sets without a table: no row, and no table for them alone."""
    make_run("gan", model="pqwgan", **{"train/samples/ssim": 0.9})
    make_run("twin", choices={"circuit": "tanh"}, **{"train/ssim": 0.9})
    make_run("joint", label="all", **{"train/ssim": 0.9})
    make_run("digits", label="3", dataset="digits", **{"train/ssim": 0.9})
    assert entries_table(collect([tmp_path]).runs) is None
