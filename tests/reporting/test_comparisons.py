"""A comparison that lies in the folders of a report is in it; a damaged one is named."""

import json

import pytest

from qinr_lightning.errors import SettingError
from qinr_lightning.report import make_report
from qinr_lightning.reporting.groups import slug

DIFFERENCE = {
    "mean": -1.084, "low": -1.3, "high": -0.9, "wins": 0, "ties": 1, "losses": 9, "p": 0.002, "p_holm": 0.006,
    "n_classes": 10, "n_seeds": 3, "sentence": "tanh is better by 1.08 dB", "told_apart": True,
}  # fmt: skip
SIDE = {"overrides": ["circuit=tanh"], "parameters": {"quantum": 0, "classical": 1234}, "epochs": 25,
        "fit_seconds": 3.2, "tuning": None, "runs": [], "missing": []}  # fmt: skip
COMPARISON = {
    "name": "stand_ins", "dataset": "digits", "model": "ae", "labels": ["0", "1"], "seeds": [0, 1, 2],
    "sides": {"reupload": SIDE | {"overrides": []}, "tanh": SIDE},
    "pairs": [{"a": "reupload", "b": "tanh", "metrics": {"test/psnr": DIFFERENCE}}],
    "fair": {"equal_tuning": False, "why": "tanh has been tuned."},
}  # fmt: skip


def report_of(folder):
    make_report([str(folder)], str(folder / "report"))
    return (folder / "report/tables.md").read_text(), (folder / "report/report.html").read_text()


def test_it_is_in_the_report(make_run, tmp_path):
    make_run("0", **{"test/psnr": 15.0})
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON))
    tables, page = report_of(tmp_path)
    row = "| reupload minus tanh, PSNR (dB) | -1.08 | \\[-1.30, -0.90\\] | 0 | 1 | 9 | 0.006 | yes |"
    assert row in tables
    for text in (tables, page):
        assert "tanh is better by 1.08 dB" in text
        assert "Unequal tuning: tanh has been tuned." in text
        assert "circuit=tanh; parameters: 0 quantum, 1,234 classical; 25 epochs; training 3.2 s" in text
    assert page.index('id="summary"') < page.index('id="comparisons"') < page.index('id="tables"')


DAMAGED = {
    "truncated": json.dumps(COMPARISON)[:-40],
    "a list": "[]",
    "no pairs": json.dumps({key: value for key, value in COMPARISON.items() if key != "pairs"}),
    "a mean that is none": json.dumps(
        COMPARISON | {"pairs": [{"a": "a", "b": "b", "metrics": {"test/psnr": DIFFERENCE | {"mean": float("nan")}}}]}
    ),
    "a text for a number": json.dumps(
        COMPARISON | {"pairs": [{"a": "a", "b": "b", "metrics": {"test/psnr": DIFFERENCE | {"wins": "all"}}}]}
    ),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_one_is_named_and_left_out(kind, make_run, tmp_path, caplog):
    make_run("0", **{"test/psnr": 15.0})
    (tmp_path / "comparison.json").write_text(DAMAGED[kind])
    tables, page = report_of(tmp_path)
    assert f"{tmp_path / 'comparison.json'}: cannot be read" in tables.replace("\\", "")
    assert "left out" in caplog.text
    assert 'id="comparisons"' not in page
    assert "15.00" in tables


def test_its_names_are_text(make_run, tmp_path):
    make_run("0")
    evil = "<script>alert(1)</script>"
    difference = DIFFERENCE | {"sentence": evil}
    pairs = [{"a": evil, "b": evil, "metrics": {evil: difference}}]
    named = COMPARISON | {"name": evil, "sides": {evil: SIDE | {"overrides": [evil]}}, "pairs": pairs}
    (tmp_path / "comparison.json").write_text(json.dumps(named))
    for text in report_of(tmp_path):
        assert evil not in text
        assert "&lt;script&gt;alert(1)" in text


def test_what_was_evaluated_with_a_label_has_a_row_of_its_own(make_run, tmp_path):
    make_run("0", **{"test/psnr": 15.0})
    noisy = DIFFERENCE | {"title": "PSNR, depolarizing_0.01", "unit": "dB", "mean": -0.5}
    metrics = {"test/psnr": DIFFERENCE, "depolarizing_0.01/test/psnr": noisy}
    pairs = [{"a": "reupload", "b": "tanh", "metrics": metrics}]
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON | {"pairs": pairs}))
    tables, _ = report_of(tmp_path)
    assert "| reupload minus tanh, PSNR (dB) | -1.08 |" in tables
    assert "| reupload minus tanh, PSNR, depolarizing_0.01 (dB) | -0.50 |" in tables


def test_runs_are_called_by_the_sides_that_they_are_of(make_run, tmp_path):
    long = {f"decoder.setting_{number}": "a long value" for number in range(9)}
    for name, changed in (("ours", {"readout": "zz", **long}), ("theirs", {"readout": "xyz", **long})):
        make_run(f"runs/{name}/0", changed=changed, **{"test/psnr": 15.0})
    make_run("another", changed={"readout": "z_zz", **long}, **{"test/psnr": 15.0})
    sides = {
        name: SIDE | {"runs": [{"label": "0", "seed": 0, "folder": f"runs/{name}/0"}]} for name in ("ours", "theirs")
    }
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON | {"sides": sides, "pairs": []}))
    tables, _ = report_of(tmp_path)
    for name in ("ours", "theirs", "readout=z_zz"):
        assert f"| {name} | 15.00 |" in tables
    names = {path.name for path in (tmp_path / "report/figures").iterdir()}
    assert {"loss_reconstruction_fashion_ours.png", "loss_reconstruction_fashion_readout_z_zz.png"} <= names


def test_two_groups_of_one_side_keep_their_settings(make_run, tmp_path):
    runs = []
    for number, readout in enumerate(("zz", "xyz")):
        make_run(f"{number}", changed={"readout": readout}, **{"test/psnr": 15.0})
        runs.append({"label": "0", "seed": number, "folder": str(number)})
    sides = {"ours": SIDE | {"runs": runs}, "theirs": SIDE}
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON | {"sides": sides, "pairs": []}))
    tables, _ = report_of(tmp_path)
    assert "| readout=zz | 15.00 |" in tables
    assert "| ours |" not in tables


def test_names_of_files_are_cut_between_words():
    assert slug("T-shirt, of 4") == "t_shirt_of_4"
    assert slug("one two three", longest=9) == "one_two"
    assert slug("one two", longest=7) == "one_two"
    assert slug("x" * 99, longest=9) == "x" * 9
    assert slug("...") == "unnamed"


def test_figures_that_are_of_no_report_stay(make_run, tmp_path):
    make_run("0")
    own = tmp_path / "paper/figures/own.png"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(SettingError, match=r"out=.*paper: has figures that are of no report; name another folder"):
        make_report([str(tmp_path / "0")], str(tmp_path / "paper"))
    assert own.read_bytes() == b"mine"
    for _ in range(2):
        make_report([str(tmp_path / "0")], str(tmp_path / "other"))
