import json

import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.runs import recording_status


def test_what_cannot_be_used_is_named_with_its_reason(make_run, tmp_path):
    make_run("0", seed=0)
    (make_run("1", seed=1) / "metrics.json").unlink()
    (make_run("2", seed=2) / "metrics.json").write_text('{"train/psnr": 15.')
    (make_run("3", seed=3) / "run.json").write_text("[]")
    failed = make_run("4", seed=4)
    with pytest.raises(ZeroDivisionError), recording_status(failed, ["python"]):
        _ = 1 / 0
    collection = collect([tmp_path])
    assert [run.folder.name for run in collection.runs] == ["0"]
    reasons = {problem.folder.name: problem.reason for problem in collection.problems}
    assert reasons["1"] == "not finished: there is no metrics.json"
    assert reasons["2"].startswith("cannot be read (metrics.json is no JSON (")
    assert "cannot be read" in reasons["3"]
    assert reasons["4"] == "failed: ZeroDivisionError: division by zero"


def test_a_killed_run_is_told_from_one_that_never_ran(make_run, tmp_path):
    folder = make_run("0")
    (folder / "metrics.json").unlink()
    (folder / "status.json").write_text(json.dumps({"state": "running", "command": [], "started": 1.0}))
    (problem,) = collect([tmp_path]).problems
    assert problem.reason == "not finished: there is no metrics.json, its status is running"


def test_of_repeated_runs_the_last_one_counts(make_run, tmp_path):
    make_run("a/0", **{"train/psnr": 1.0})
    make_run("b/0", **{"train/psnr": 2.0})
    collection = collect([tmp_path / "a", tmp_path / "b"])
    assert [run.metrics["train/psnr"] for run in collection.runs] == [2.0]
    assert "repeated by" in collection.problems[0].reason


def test_numbers_are_the_same_however_they_were_typed(make_run, tmp_path):
    """But for the Trainer's, where 1 is a number of batches and 1.0 all of them."""
    for number, value in enumerate([7, 7.0]):
        make_run(f"{number}", seed=number, changed={"decoder.omega_p": value, "decoder.head_dims": [value, 0.5]})
        make_run(f"t{number}", seed=number, changed={"trainer.limit_train_batches": value})
    variants = {run.folder.name: run.variant for run in collect([tmp_path]).runs}
    assert variants["0"] == variants["1"] == "decoder.omega_p=7, decoder.head_dims=[7, 0.5]"
    assert [variants["t0"], variants["t1"]] == ["trainer.limit_train_batches=7", "trainer.limit_train_batches=7.0"]


def test_runs_with_the_settings_of_an_experiment_have_its_name(make_run, tmp_path):
    """However they were typed; not with one setting more, nor where the experiment changes something else today."""

    def changed_by(experiment, dataset, model):
        return {"plus/ae": {"readout": "xyz", "lr": 1.0}, "paper/fashion": {}, "gone": None}[experiment]

    make_run("usual", choices={"experiment": "paper/fashion"})
    make_run("named", changed={"lr": 1, "readout": "xyz"}, choices={"experiment": "plus/ae"})
    make_run("typed", seed=1, changed={"readout": "xyz", "lr": 1.0})
    make_run("more", changed={"readout": "xyz", "lr": 1.0, "model.beta": 2}, choices={"experiment": "plus/ae"})
    make_run("gone", changed={"readout": "zz"}, choices={"experiment": "gone"})
    variants = {run.folder.name: run.variant for run in collect([tmp_path], changed_by).runs}
    assert variants == {
        "usual": "",
        "named": "experiment=plus/ae",
        "typed": "experiment=plus/ae",
        "more": "readout=xyz, lr=1, model.beta=2",
        "gone": "readout=zz",
    }


def test_names_with_dots_are_told_apart(make_run, tmp_path):
    for number, name in enumerate(["mine.ladder", "yours.ladder", "fold.1.csv"]):
        make_run(f"{number}", changed={"circuit.function": name, "optimizer._target_": "torch.optim.SGD"})
    variants = [run.variant for run in collect([tmp_path]).runs]
    assert variants == [
        f"circuit.function={name}, optimizer._target_=SGD" for name in ("mine.ladder", "yours.ladder", "fold.1.csv")
    ]
