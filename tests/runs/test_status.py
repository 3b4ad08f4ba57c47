import pytest

from qinr_lightning.runs import read_status, recording_status


def test_a_finished_run(tmp_path):
    with recording_status(tmp_path / "run", ["python", "x.py"]):
        assert read_status(tmp_path / "run").state == "running"
    status = read_status(tmp_path / "run")
    assert (status.state, status.command, status.reason) == ("finished", ["python", "x.py"], None)
    assert status.ended >= status.started


def test_a_failed_run_keeps_its_reason_and_its_traceback(tmp_path):
    with pytest.raises(ValueError, match="two"), recording_status(tmp_path, []):
        raise ValueError("one\ntwo")
    assert read_status(tmp_path).state == "failed"
    assert read_status(tmp_path).reason == "ValueError: one two"
    assert "Traceback" in (tmp_path / "error.txt").read_text()
    with recording_status(tmp_path, []):
        pass
    assert read_status(tmp_path).state == "finished"
    assert not (tmp_path / "error.txt").exists()


def test_nothing_to_read(tmp_path):
    assert read_status(tmp_path) is None
    (tmp_path / "status.json").write_text("{}")
    assert read_status(tmp_path) is None
