"""The folder of a report: what was there stays until the new one is whole; what cannot be one gets one line."""

import json

import pytest

from qinr_lightning import report
from qinr_lightning.errors import SettingError
from qinr_lightning.settings import call_target
from tests.conftest import exit_status

FACTS = {
    "dataset": "fashion", "images": "images", "label": "Bag", "changed": {},
    "choices": {"dataset": "fashion", "model": "ae", "readout": "z"}, "versions": {"torch": "2"},
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    (folder / ".hydra").mkdir(parents=True)
    (folder / ".hydra/config.yaml").write_text("{}\n")
    numbers = {"seed": 0, "train/n": 500, "test/n": 10, "epochs": 1, "dataset/label": 8, "test/psnr": 15.0}
    (folder / "metrics.json").write_text(json.dumps(numbers))
    (folder / "run.json").write_text(json.dumps(FACTS))
    (folder / "metrics.csv").write_text("epoch,loss/reconstruction,loss/total\n1,3,3\n2,2,2\n")
    return folder


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("at", ["draw_figures", "write_page"])
def test_a_report_that_is_ended_leaves_what_was_there(run, tmp_path, monkeypatch, at):
    def ends(*_):
        raise KeyboardInterrupt

    out = tmp_path / "report"
    for before in ({}, None):  # Without a report, then with one.
        if before is None:
            report.make_report([str(run)], str(out))
            before = content(out)
            assert before
        with monkeypatch.context() as patch:
            patch.setattr(report, at, ends)
            with pytest.raises(KeyboardInterrupt):
                report.make_report([str(run)], str(out))
        assert content(out) == before


def test_what_a_killed_report_has_left_does_not_lock_its_folder(run, tmp_path):
    for part in ("tables", "figures"):
        (tmp_path / "report/.report.partial" / part).mkdir(parents=True)
    report.make_report([str(run)], str(tmp_path / "report"))
    (tmp_path / "report/tables/of_others.csv").write_text("")
    report.make_report([str(run)], str(tmp_path / "report"))
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "report.html", "tables.md", "runs.csv", "tables", "figures"
    }  # fmt: skip
    assert not (tmp_path / "report/tables/of_others.csv").exists()


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/none", "x" * 300])
def test_what_cannot_be_a_folder_gets_one_line(run, tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    for name, given in (
        ("report", [f"runs=[{run}]"]),
        ("sample", [f"run={run}"]),
        ("export", [f"run={run}", "format=hub"]),
    ):
        assert exit_status(call_target, name, *given, f"out={out}") == 2
        error = capsys.readouterr().err
        assert error.startswith("error: out=")
        assert error.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"run", "file"}


def test_nothing_is_left_behind_by_the_look_at_a_folder(run, tmp_path):
    with pytest.raises(SettingError, match="runs="):
        report.make_report([str(tmp_path / "none")], str(tmp_path / "a/b"))
    assert not (tmp_path / "a").exists()
