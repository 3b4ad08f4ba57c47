"""runs.csv."""

import csv
import io

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.tidy import runs_csv


def test_every_run_has_a_line_with_all_of_its_numbers(make_run, tmp_path):
    """Classes in the order of the data set, seeds as numbers; what a run lacks is empty."""
    make_run("a", label="Bag", seed=2, **{"test/psnr": 15.1234567})
    make_run("b", label="Trouser", seed=10, **{"test/ssim": 0.5})
    make_run("c", label="Trouser", seed=2, changed={"readout": "zz"})
    make_run("d", label="Trouser", seed=3)
    lines = list(csv.DictReader(io.StringIO(runs_csv(collect([tmp_path]).runs))))
    assert [(line["class"], line["seed"], line["settings"]) for line in lines] == [
        ("Trouser", "3", ""), ("Trouser", "10", ""), ("Bag", "2", ""), ("Trouser", "2", "readout=zz"),
    ]  # fmt: skip
    assert [line["test/psnr"] for line in lines] == ["", "", "15.1235", ""]
    assert lines[1]["test/ssim"] == "0.5"
    assert {line["dataset"] for line in lines} == {"fashion"}
    assert {line["system"] for line in lines} == {"QINR-AE"}


def test_whole_numbers_are_whole_and_a_hash_has_its_digits(make_run, tmp_path):
    facts = {"classifier/hash": 14833458389142, "gmm/classifier/hash": 255, "parameters/classical": 12345678}
    make_run("a", **facts, **{"loss/total": 1234567.5, "test/psnr": float("inf")})
    (line,) = csv.DictReader(io.StringIO(runs_csv(collect([tmp_path]).runs)))
    assert (line["classifier/hash"], line["gmm/classifier/hash"]) == ("0d7daf04a096", "0000000000ff")
    assert (line["parameters/classical"], line["loss/total"], line["test/psnr"]) == ("12345678", "1.23457e+06", "inf")
