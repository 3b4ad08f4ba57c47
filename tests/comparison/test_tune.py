"""`tune` and `compare tuning=`: equal budgets, on classes and seeds that are not reported."""

import json

import pytest

from qinr_lightning.settings.conf import config_folder

SIDES = ("sides.reupload=circuit=reupload", "sides.mlp=circuit=mlp")


def tuning(folder):
    return json.loads((folder / "tuning.json").read_text())


@pytest.fixture
def of_runs(fixed):
    """What says how runs are trained, of the fixed command."""
    return [item for item in fixed if not item.startswith(("comparison", "labels", "seeds"))]


@pytest.mark.slow
def test_the_comparison_takes_what_equal_budgets_have_found(run, of_runs, tmp_path, capsys):
    run("tune", *SIDES, *of_runs, "labels=4", "trials=2", "out=whole")
    whole = tuning(tmp_path / "whole")
    assert whole["seeds"] == [1000]
    for name, side in whole["sides"].items():
        assert side["n_trials"] == len(side["trials"]) == 2
        assert side["best"]["value"] == max(trial["value"] for trial in side["trials"])
        assert {setting.partition("=")[0] for setting in side["best"]["settings"]} == set(whole["searched"][name])
    assert "circuit.n_reuploads" in whole["searched"]["reupload"]
    assert "circuit.hidden_dim" in whole["searched"]["mlp"]

    compare = ("compare", *SIDES, *of_runs, "tuning=whole")
    run(*compare, "labels=0", "seeds=1", "out=c")
    found = json.loads((tmp_path / "c/comparison.json").read_text())
    assert found["fair"]["equal_tuning"]
    for name, side in found["sides"].items():
        assert side["tuning"]["trials"] == 2
        config = (tmp_path / "c/runs" / name / "0/0/.hydra/overrides.yaml").read_text()
        assert all(setting in config for setting in whole["sides"][name]["best"]["settings"])

    capsys.readouterr()
    with pytest.raises(SystemExit, match="2"):
        run("tune", "sides.mlp=circuit=mlp decoder=dense", *of_runs, "labels=4", "trials=3", "out=whole")
    said = f"is tuned in {tmp_path / 'whole'} with circuit=mlp"
    assert capsys.readouterr().err == f"error: sides.mlp=circuit=mlp decoder=dense: {said}\n"
    for typed, line in {
        ("labels=0,4", "seeds=1"): "labels=4: was tuned on in whole; a comparison reports other classes",
        ("labels=0", "seeds=0,1000"): "seeds=1000: was tuned with in whole; take other seeds",
        ("labels=0", "seeds=1", "model.lr_classical=1e-3"):
            "model.lr_classical=1e-3: has been tuned for the side reupload",
        ("labels=0", "seeds=1", "sides.tanh=circuit=tanh"):
            "tuning=whole: unequal budgets of trials (reupload 2, mlp 2, tanh 0); "
            "unequal_tuning=true compares and says so",
    }.items():  # fmt: skip
        with pytest.raises(SystemExit, match="2"):
            run(*compare, *typed, "out=d")
        assert capsys.readouterr().err == f"error: {line}\n"
    assert not (tmp_path / "d").exists()


@pytest.mark.slow
def test_a_tuning_that_was_stopped_ends_as_one_that_was_not(run, of_runs, tmp_path):
    """Side by side, too, and typed in another order; and a side without trials is compared only as unfair."""
    tune = ("tune", *SIDES, *of_runs, "labels=4")
    run(*tune, "trials=2", "out=whole")
    run("tune", SIDES[0], *of_runs, "labels=4", "trials=1", "out=parts")
    run("tune", SIDES[1], *of_runs, "labels=4", "trials=1", "out=parts")
    assert list(tuning(tmp_path / "parts")["sides"]) == ["reupload", "mlp"]
    run("tune", *reversed(tune[1:]), "trials=2", "out=parts")
    whole, parts = tuning(tmp_path / "whole"), tuning(tmp_path / "parts")
    assert sorted(whole.pop("overrides")) == sorted(parts.pop("overrides"))
    assert whole == parts

    run("compare", *SIDES, *of_runs, "tuning=whole", "labels=0", "seeds=1", "sides.tanh=circuit=tanh",
        "unequal_tuning=true", "out=d")  # fmt: skip
    found = json.loads((tmp_path / "d/comparison.json").read_text())
    assert not found["fair"]["equal_tuning"]
    assert "This comparison is not fair." in (tmp_path / "d/comparison.html").read_text()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (("labels=4",), "trials: must be set"),
        (("trials=0", "labels=4"), "trials=0: must be greater than or equal to 1"),
        (("trials=2", "labels=4", "metric=train/psnr"), "metric=train/psnr: must be one of test/psnr"),
        (
            ("trials=2", "labels=4", "metric=test/samples/classifier/frechet"),
            "metric=test/samples/classifier/frechet: no run of the side reupload has it; known there: test/psnr, test/",
        ),
        (
            ("trials=2", "labels=4", "model.lr_classical=1e-3", "decoder.head_activation=null", "circuit.hidden_dim=9"),
            "circuit.hidden_dim=9: no such setting",
        ),
        (
            ("trials=2", "labels=4", "sides.linear=decoder=classical decoder.activation=null model.lr_classical=1e-3"),
            "sides.linear=decoder=classical decoder.activation=null model.lr_classical=1e-3: leaves nothing to search",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(typed, line, run, of_runs, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("tune", *SIDES, *of_runs, *typed, "out=t")
    error = capsys.readouterr().err
    assert error.startswith(f"error: {line}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_every_decoder_circuit_and_generator_has_a_search_space():
    for group in ("decoder", "circuit", "generator"):
        choices = {path.stem for path in (config_folder() / group).glob("*.yaml")}
        assert {path.stem for path in (config_folder() / "search" / group).glob("*.yaml")} == choices
