"""Numbers of one run that were measured at different times: which stay, and what they are said to be of."""

from qinr_lightning.evaluation import beside_earlier


def measured(label="", n=500, features=1, references=("train", "test")):
    """What `evaluate` gives, with the label in front."""
    places = [f"{label}{reference}" for reference in references]
    numbers = {f"{place}/samples/n": n for place in places} | {f"{place}/samples/psnr": 9.0 for place in places}
    if features is None:
        return numbers
    frechet = {f"{place}/samples/classifier/frechet": float(features) for place in places}
    return numbers | frechet | {f"{label}classifier/hash": features, f"{label}classifier/accuracy": 0.9}


def test_other_features_leave_none_of_the_earlier_ones_against_any_reference():
    after = beside_earlier(measured(features=1), measured(features=2, references=["test"]), "", "classifier")
    assert after["classifier/hash"] == 2
    assert {name: after[name] for name in after if "frechet" in name} == {"test/samples/classifier/frechet": 2.0}
    # What is no feature's is as it was.
    assert after["train/samples/psnr"] == 9.0


def test_numbers_of_another_number_of_samples_go_where_the_reference_is_the_same():
    after = beside_earlier(measured(n=500), measured(n=40, features=None, references=["test"]), "", None)
    assert (after["test/samples/n"], after["train/samples/n"]) == (40, 500)
    assert "test/samples/classifier/frechet" not in after
    assert "train/samples/classifier/frechet" in after
    larger = beside_earlier(after, measured(n=5000, references=["train_all"]), "", "classifier")
    assert {name: larger[name] for name in after} == after


def test_numbers_with_a_label_have_facts_of_their_own():
    prior = measured(features=1)
    after = beside_earlier(prior, measured("gmm/", features=2), "gmm", "classifier")
    assert {name: after[name] for name in prior} == prior
    assert after["gmm/classifier/hash"] == 2
    again = beside_earlier(after, measured("gmm/", features=3, references=["train"]), "gmm", "classifier")
    assert "gmm/test/samples/classifier/frechet" not in again
    assert {name: again[name] for name in prior} == prior


def test_a_label_of_earlier_versions_keeps_the_facts_that_it_was_measured_with():
    old = measured(features=1) | {"gmm_3/test/samples/n": 500, "gmm_3/test/samples/classifier/frechet": 1.0}
    same = beside_earlier(old, measured(features=1), "", "classifier")
    assert same == old
    after = beside_earlier(old, measured(features=2), "", "classifier")
    assert (after["classifier/hash"], after["gmm_3/classifier/hash"]) == (2, 1)
    assert after["gmm_3/test/samples/classifier/frechet"] == 1.0
    # The same once more: what the label has now is its own.
    assert beside_earlier(after, measured(features=3), "", "classifier")["gmm_3/classifier/hash"] == 1
    again = beside_earlier(old, measured("gmm_3/", features=2, references=["train"]), "gmm_3", "classifier")
    assert "gmm_3/test/samples/classifier/frechet" not in again


def test_a_fact_that_an_earlier_version_did_not_state_speaks_against_nothing():
    before = {"classifier/hash": 1, "train/samples/n": 500, "train/samples/classifier/frechet": 3.0}
    measured = {"classifier/hash": 1, "classifier/weights": 2, "test/samples/n": 500}
    assert beside_earlier(before, measured, "", "classifier") == before | measured
