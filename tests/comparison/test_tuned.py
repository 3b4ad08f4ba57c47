"""What a comparison says of settings that were tuned before it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from qinr_lightning.comparison.sides import Setup, Side
from qinr_lightning.comparison.tuned import fairness, with_tuned
from qinr_lightning.errors import SettingError
from qinr_lightning.settings.conf import config_folder

NAMES = ("T-shirt", "Trouser", "Pullover", "Bag")
ON_FASHION = {"dataset": "fashion", "labels": ["bag", "Pullover"], "seeds": [1000], "trials": 40}


def setup(tuning=None, dataset="fashion", classes=NAMES):
    """Two sides, compared on some classes of a data set."""
    data = SimpleNamespace(source=SimpleNamespace(class_names=NAMES))
    settings = SimpleNamespace(choices={"dataset": dataset}, data=lambda: data)
    sides = [Side(name, [], settings, (tuning or {}).get(name)) for name in ("ours", "theirs")]
    return Setup(sides, [], [], dict(enumerate(classes)))


def told(tuned, **of_setup):
    return fairness(with_tuned(setup(**of_setup), tuned))


def test_without_any_tuning_nothing_is_said_of_what_came_before():
    why = "No tuning was given to this comparison: each side has the settings that it comes with."
    assert told({}) == told({"another side": [ON_FASHION]}) == {"equal_tuning": True, "why": why}


def test_what_a_side_was_tuned_on_is_said_with_the_classes_that_are_reported():
    found = told({"ours": [ON_FASHION]}, classes=("T-shirt", "Bag"))
    assert found == {
        "equal_tuning": False,
        "why": "Tuned before this comparison: ours 40 trials on fashion Bag, Pullover (seed 1000); theirs none given. "
        "Of the classes that are reported here, ours was tuned on Bag. The budgets of trials are not equal: this "
        "comparison is not fair.",
    }
    alike = told({"ours": [ON_FASHION], "theirs": [ON_FASHION]}, dataset="mnist")
    assert alike["equal_tuning"]
    assert "Of the classes" not in alike["why"]  # Of another data set.
    uncounted = ON_FASHION | {"trials": None, "seeds": [0, 1]}
    unknown = told({"ours": [uncounted], "theirs": [uncounted, ON_FASHION]})
    assert not unknown["equal_tuning"]
    assert "ours uncounted trials on fashion Bag, Pullover (seeds 0, 1); theirs uncounted" in unknown["why"]


def test_a_tuning_that_is_given_takes_the_place_of_what_came_before():
    tuning = {name: {"trials": 5} for name in ("ours", "theirs")}
    found = told({"ours": [ON_FASHION]}, tuning=tuning)
    assert found["why"] == "5 tuning trials stand behind each side, on data not compared here."


def test_a_class_that_there_is_not_is_refused():
    with pytest.raises(SettingError, match=r"tuned.ours.labels=shoe: must be all, an index from 0 to 3 or a name"):
        told({"ours": [ON_FASHION | {"labels": ["shoe"]}]})


@pytest.mark.parametrize("path", sorted((config_folder() / "comparison").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_comparisons_name_their_own_sides(path):
    content = yaml.safe_load(Path(path).read_text())
    assert content.get("tuned", {}).keys() <= content["sides"].keys()


def test_it_is_checked_like_all_settings(run, fixed, tmp_path, capsys):
    for given, said in {
        "{dataset: digits, labels: [1], seeds: [0]}": "has too few values",
        "{dataset: digits, labels: [1], seeds: [0], trials: 0}": "must be greater than or equal to 1",
        "{dataset: digits, labels: [1], seeds: [0], trials: 1, trial: 1}": "Extra inputs are not permitted",
    }.items():
        with pytest.raises(SystemExit, match="2"):
            run("compare", *fixed, f"+tuned.tanh=[{given}]", "out=c")
        error = capsys.readouterr().err
        assert error.startswith("error: tuned=")
        assert said in error
        assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
