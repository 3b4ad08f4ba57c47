import pytest

from qinr_lightning.runs import SweepProgress, recording_status
from qinr_lightning.runs.status import JobCounts, progress_line


def job(folder, error=None):
    try:
        with recording_status(folder, ["again"]):
            if error is not None:
                raise error
    except BaseException as raised:
        if raised is not error:
            raise


@pytest.mark.parametrize(
    ("counts", "n_jobs", "elapsed", "line"),
    [
        ((1, 0, 1), 10, 4, "sweep: 1 of 10 jobs done, 1 running, 36 s left"),
        ((11, 1, 4), 60, 180, "sweep: 11 of 60 jobs done, 4 running, 1 failed, 12 min left"),
        ((8, 2, 0), 10, 4, "sweep: 8 of 10 jobs done, 0 running, 2 failed"),
        ((3, 0, 1), None, 4, "sweep: 3 jobs done, 1 running"),
    ],
)
def test_line(counts, n_jobs, elapsed, line):
    assert progress_line(JobCounts(*counts), n_jobs, elapsed) == line


def test_jobs_are_followed_through_their_folders(tmp_path, capsys):
    job(tmp_path / "0")
    progress = SweepProgress(tmp_path, n_jobs=4, interval=0.01)
    assert progress.counts() == (0, 0, 0), "an earlier sweep's job"
    progress.start()
    job(tmp_path / "0")
    job(tmp_path / "1", ZeroDivisionError())
    job(tmp_path / "2", SystemExit())
    with recording_status(tmp_path / "3", ["again"]):
        assert progress.counts() == (1, 1, 1)
    job(tmp_path / "2")
    progress._thread.join(timeout=300)
    assert not progress._thread.is_alive(), "ends with the last job"
    assert capsys.readouterr().out.splitlines()[-1] == "sweep: 3 of 4 jobs done, 0 running, 1 failed"


def test_last_look_before_the_end(tmp_path, capsys):
    progress = SweepProgress(tmp_path, n_jobs=None, interval=60)
    progress.start()
    job(tmp_path / "0")
    progress.stop()
    assert capsys.readouterr().out == "sweep: 1 jobs done, 0 running\n"
