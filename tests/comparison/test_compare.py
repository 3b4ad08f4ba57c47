"""`compare`: the fixed command, what it writes, what it keeps, and where it goes on."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qinr_lightning.runs import (
    CHECKPOINT,
    CONFIG,
    FACTS,
    METRICS,
    OVERRIDES,
    STATUS,
    read_json,
    read_status,
    write_json,
)
from qinr_lightning.settings.overrides import own_arguments

PAGES = ("comparison.json", "comparison.md", "comparison.tex", "comparison.html")


def pages(folder):
    return {name: (folder / name).read_text() for name in PAGES}


def result(folder):
    return json.loads((folder / "comparison.json").read_text())


def without_time(found):
    sides = {name: {key: side[key] for key in side if key != "fit_seconds"} for name, side in found["sides"].items()}
    return {**found, "sides": sides}


def when_trained(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob(f"runs/**/{CHECKPOINT}")}


@pytest.fixture
def copy(compared, tmp_path):
    """A copy of the finished comparison, at ``c`` of an empty folder."""
    return Path(shutil.copytree(compared, tmp_path / "c"))


@pytest.fixture
def half(copy):
    """A run in it as if it had been killed before its numbers were written."""
    folder = copy / "runs/tanh/0/1"
    for name in (METRICS, FACTS):
        (folder / name).unlink()
    write_json(folder / STATUS, {**read_json(folder / STATUS), "state": "running", "ended": None})
    return folder


def test_the_fixed_command_compares_pair_by_pair(compared):
    found = result(compared)
    assert (found["dataset"], found["model"], found["labels"], found["seeds"]) == ("digits", "ae", ["0", "1"], [0, 1])
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [
        ("reupload", "tanh"), ("reupload", "mlp"), ("tanh", "mlp"),
    ]  # fmt: skip
    assert found["sides"]["reupload"]["parameters"]["quantum"] == 120
    assert found["sides"]["tanh"]["parameters"]["quantum"] == 0
    assert {side["epochs"] for side in found["sides"].values()} == {1}
    assert all(len(side["runs"]) == 4 and side["missing"] == [] for side in found["sides"].values())
    told = found["pairs"][0]["metrics"]
    assert set(told) == {"test/psnr", "test/ssim", "test/cosine"}
    for label, of_class in told["test/psnr"]["differences"].items():
        for seed, difference in of_class.items():
            a, b = (read_json(compared / "runs" / side / label / seed / METRICS) for side in ("reupload", "tanh"))
            assert difference == a["test/psnr"] - b["test/psnr"]
            assert (a["seed"], a["dataset/label"]) == (int(seed), int(label))


def test_every_sentence_is_on_every_page_for_people(compared):
    found = result(compared)
    pairs = [*found["pairs"], *found["beside_principal_components"]]
    assert len(pairs) == 6
    sentences = [told["sentence"] for pair in pairs for told in pair["metrics"].values()]
    page, markdown = (compared / "comparison.html").read_text(), (compared / "comparison.md").read_text()
    for sentence in sentences:
        assert sentence in page
        assert sentence.replace("[", "\\[").replace("]", "\\]") in markdown
    assert r"\begin{tabular}" in (compared / "comparison.tex").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")  # In one file that needs nothing else.


def test_a_second_time_nothing_is_trained_and_the_pages_are_the_same(copy, run, fixed, capsys):
    before, trained = pages(copy), when_trained(copy)
    run("compare", *fixed, "out=c")
    assert when_trained(copy) == trained
    assert pages(copy) == before
    assert "12 are there, 0 go on, 0 are to be trained" in capsys.readouterr().out


@pytest.mark.slow
def test_what_is_half_trained_goes_on_and_what_is_missing_is_trained(copy, half, run, fixed, capfd):
    before = result(copy)
    shutil.rmtree(copy / "runs/mlp/1/1")
    # As an earlier version had it by default: how a run computes, not what.
    config = (half / CONFIG).read_text()
    assert "deterministic: warn\n" in config
    (half / CONFIG).write_text(config.replace("deterministic: warn\n", "deterministic: null\n"))
    run("compare", *fixed, "out=c")
    assert "10 are there, 1 go on, 1 are to be trained" in capfd.readouterr().out
    assert without_time(result(copy)) == without_time(before)


def test_what_cannot_go_on_says_why_and_stays_as_it_is(half, run, fixed, capfd):
    (half / OVERRIDES).write_text((half / OVERRIDES).read_text() + "- gone=1\n")
    checkpoint = (half / CHECKPOINT).read_bytes()
    run("compare", *fixed, "out=c")
    said = capfd.readouterr().out
    assert re.search(rf"tanh/0/1: resume={half}: what was typed for it cannot be composed any more \(.*gone", said)
    assert "missing: tanh, class 0, seed 1: not finished" in said
    assert (half / CHECKPOINT).read_bytes() == checkpoint
    assert read_json(half / STATUS)["state"] == "running"


@pytest.mark.slow
def test_a_failed_job_is_named_and_leaves_a_gap(run, fixed, tmp_path, monkeypatch, capfd):
    from qinr_lightning import training

    measured = training.evaluate

    def fails(model, datamodule, **others):
        if datamodule.label == 1 and datamodule.seed == 1 and "Tanh" in type(model.decoder.circuit).__name__:
            raise ArithmeticError("on purpose")
        return measured(model, datamodule, **others)

    monkeypatch.setattr(training, "evaluate", fails)
    given = [*(item for item in fixed if not item.startswith("labels=")), "labels=1", "~sides.mlp", "out=c"]
    run("compare", *given)
    found = result(tmp_path / "c")
    (gap,) = found["sides"]["tanh"]["missing"]
    assert (gap["label"], gap["seed"], gap["reason"]) == ("1", 1, "ArithmeticError: on purpose")
    assert found["pairs"][0]["metrics"]["test/psnr"]["differences"]["1"].keys() == {"0"}
    line = "missing: tanh, class 1, seed 1: ArithmeticError: on purpose"
    assert line in capfd.readouterr().out
    assert line.removeprefix("missing: ") in (tmp_path / "c/comparison.html").read_text()
    monkeypatch.undo()
    run("compare", *given)
    assert result(tmp_path / "c")["sides"]["tanh"]["missing"] == []


@pytest.mark.slow
def test_runs_of_another_folder_are_reused_where_they_fit(compared, run, fixed, tmp_path, capfd):
    run("compare", *fixed, f"reuse={compared}", "out=again")
    assert not (tmp_path / "again/runs").exists()
    found = result(tmp_path / "again")
    assert found["pairs"] == result(compared)["pairs"]
    assert found["sides"]["mlp"]["runs"][0]["folder"] == str(compared / "runs/mlp/0/0")
    capfd.readouterr()
    # Those of another version do not fit.
    own = tmp_path / "c"
    shutil.copytree(compared / "runs/tanh", own)
    for facts in own.glob(f"**/{FACTS}"):
        old = read_json(facts)
        write_json(facts, {**old, "versions": {**old["versions"], "torch": "1.0"}})
    run("compare", "sides.a=circuit=tanh", "sides.b=circuit.readout=[Z0]", *fixed[1:3], "labels=0", "seeds=1",
        *fixed[5:], f"reuse={own},{compared}", "out=new")  # fmt: skip
    assert "2 in all, 1 are there, 0 go on, 1 are to be trained" in capfd.readouterr().out
    assert result(tmp_path / "new")["sides"]["a"]["runs"][0]["folder"] == str(compared / "runs/tanh/0/0")


WRONG = {
    "labels=12": "labels=12: must be all, an index from 0 to 9 or a name: 0, 1, 2",
    "labels=0,0": "labels=0: is named twice",
    "seeds=0": "seeds=0: must be greater than or equal to 1",
    "dataset.label=3": "dataset.label=3: labels=... says which classes",
    "seed=3": "seed=3: seeds=... says which seeds",
    "hydra.sweep.dir=x": "hydra.sweep.dir=x: out=... says where the runs are",
    "circuit=tanh": "circuit=tanh: the side reupload sets it itself",
    "sides.mine=circuit=foo": "circuit=foo: no such choice",
    "sides.mine=nonsense": "nonsense: cannot be read as setting=value",
    "trainer.foo=1": "trainer.foo=1: no such setting",
    "hydra/launcher=foo": "hydra/launcher=foo: no such choice",
    "comparison=foo": "comparison=foo: no such choice; known here: ",
    "reuse=nowhere": "reuse=nowhere: must be a run folder",
    "tuning=nowhere": "tuning=nowhere: must be a folder of the tune command",
    "trainer.fast_dev_run=true": "trainer.fast_dev_run=true: a comparison needs numbers",
    "model.lr_classical=0": "model.lr_classical=0: must be greater than 0",
    "-m": "-m: train alone makes sweeps",
}


@pytest.mark.parametrize("typed", WRONG)
def test_a_mistake_is_one_line_before_anything_is_written(typed, run, fixed, tmp_path, capsys):
    key = typed.partition("=")[0]
    # Two sides are enough, and said sooner.
    given = [
        *(item for item in fixed if not item.startswith(f"{key}=")),
        *(["~sides.mlp"] if key != "comparison" else []),
    ]
    with pytest.raises(SystemExit) as left:
        run("compare", typed, *given, "out=c")
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert error.startswith(f"error: {WRONG[typed]}")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_runs_of_other_settings_is_refused(copy, run, fixed, capsys):
    before, trained = pages(copy), when_trained(copy)
    given = [item for item in fixed if not item.startswith("trainer.max_epochs")]
    with pytest.raises(SystemExit, match="2"):
        run("compare", *given, "trainer.max_epochs=2", "out=c")
    assert "this run has trainer.max_epochs=1, not 2; name another folder, or overwrite=true" in capsys.readouterr().err
    assert (pages(copy), when_trained(copy)) == (before, trained)


def test_a_side_alone_is_no_comparison(run, fixed, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("compare", *fixed[1:], "sides.mine=circuit=tanh", "out=c")
    assert capsys.readouterr().err.startswith("error: sides=")


def test_sides_and_lists_are_typed_as_people_type_them():
    own = ("labels", "out", "seeds", "sides")
    typed = ["--config-dir", "my_conf", "sides.a=circuit=ansatz circuit.function=m.f", "labels=T-shirt,Bag", "seeds=3",
             "out=x", "model=ae", "hydra/launcher=joblib"]  # fmt: skip
    assert own_arguments(typed, own) == [
        "--config-dir", "my_conf", '++sides.a=["circuit=ansatz","circuit.function=m.f"]', "labels=[T-shirt,Bag]",
        "seeds=3", "out=x", 'typed=["model=ae","hydra/launcher=joblib"]',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("sides.a='circuit=tanh model=ae'", '++sides.a=["circuit=tanh","model=ae"]'),
        ('+sides.a="circuit=tanh"', '++sides.a=["circuit=tanh"]'),
        ("sides.a=[circuit=tanh,model=ae]", "++sides.a=[circuit=tanh,model=ae]"),
        ("sides={a:circuit=tanh,b:[circuit=mlp]}", "++sides={a:circuit=tanh,b:[circuit=mlp]}"),
        ("tuned={a:[]}", "++tuned={a:[]}"),
    ],
)
def test_what_hydra_reads_is_read_as_well(typed, given):
    """Its own quotes around a side's line, its lists and its dictionaries, where the setting is empty so far."""
    assert own_arguments([typed], ("sides", "tuned")) == [given]


@pytest.mark.slow
def test_a_killed_comparison_goes_on_and_ends_as_one_that_was_not(compared, tmp_path, fixed):
    """Killed in the middle of a training, which goes on from its checkpoint."""
    given = [item for item in fixed if not item.startswith("trainer.")]
    command = [sys.executable, "-m", "qinr_lightning.compare", *given, "seeds=1", "~sides.mlp", "trainer.max_epochs=40",
               "callbacks.checkpoint.every_n_epochs=1"]  # fmt: skip
    command.remove("seeds=2")
    subprocess.run([*command, "out=whole"], cwd=tmp_path, check=True, capture_output=True)
    process = subprocess.Popen([*command, "out=stopped"], cwd=tmp_path, stdout=subprocess.DEVNULL)
    while not (tmp_path / "stopped/runs/tanh/0/0" / CHECKPOINT).exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM
    half = tmp_path / "stopped/runs/tanh/0/0"
    assert (half / CONFIG).exists()
    assert read_status(half).state == "interrupted"
    done = subprocess.run([*command, "out=stopped"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "2 are there, 1 go on, 1 are to be trained" in done.stdout
    whole, stopped = result(tmp_path / "whole"), result(tmp_path / "stopped")
    assert without_time(stopped) == without_time(whole)
