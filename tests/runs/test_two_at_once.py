"""A folder belongs to one run, also where several start at the same moment."""

import os
import shutil

import pytest

from qinr_lightning.runs import CHECKPOINT, EXAMPLES, FACTS, HISTORY, METRICS, find_runs, read_json, read_status
from tests.runs.conftest import SMALL, wait

ARGUMENTS = [*SMALL["ae"], "trainer.max_epochs=1"]


def pair(folder, training, places):
    """Start two runs, of two classes, that wait for each other before they look for their folders; their statuses."""
    ready, go = os.pipe(), os.pipe()

    def together(patch):
        import qinr_lightning.settings.checking as checking

        take = checking.take_new_folder

        def take_together(*arguments):
            os.write(ready[1], b".")
            os.read(go[0], 1)
            return take(*arguments)

        patch.setattr(checking, "take_new_folder", take_together)

    started = [training(folder, [*ARGUMENTS, f"dataset.label={n}", *place], together) for n, place in enumerate(places)]
    waiting = 0
    while waiting < 2:
        waiting += len(os.read(ready[0], 2))
    os.write(go[1], b"..")
    statuses = [wait(process) for process in started]
    for end in (*ready, *go):
        os.close(end)
    return statuses


def check_runs(folder, labels):
    """The runs in a folder are whole, of these classes, and have two names."""
    runs = find_runs(folder)
    assert sorted(read_json(run / METRICS)["dataset/label"] for run in runs) == labels
    assert len({read_status(run).run_id for run in runs}) == len(runs)
    for run in runs:
        assert read_status(run).state == "finished"
        assert (run / CHECKPOINT).is_file()
        assert f"label: {int(read_json(run / METRICS)['dataset/label'])}" in (run / ".hydra/config.yaml").read_text()


def try_pairs(n, folder, training, monkeypatch):
    # Both in the same second.
    monkeypatch.setattr("hydra.core.utils.datetime", FixedTime)
    for number in range(n):
        default, same = folder / f"default{number}", folder / f"same{number}"
        default.mkdir()
        same.mkdir()
        assert pair(default, training, [[], []]) == [0, 0]
        check_runs(default, [0, 1])
        statuses = pair(same, training, [["hydra.run.dir=run"]] * 2)
        assert sorted(statuses) == [0, 2]
        check_runs(same, [statuses.index(0)])


class FixedTime:
    """Stands for datetime where Hydra names folders."""

    @staticmethod
    def now():
        from datetime import datetime

        return datetime(2026, 1, 1, 12)


def test_a_pair(training, tmp_path, monkeypatch, capfd):
    try_pairs(1, tmp_path, training, monkeypatch)
    assert sorted(path.name for path in (tmp_path / "default0/outputs/2026-01-01").iterdir()) == [
        "12-00-00",
        "12-00-00-2",
    ]
    error = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error")]
    assert len(error) == 1
    assert "another process is at work in this folder" in error[0] or "there is a run in this folder" in error[0]


@pytest.mark.slow
def test_twenty_pairs(training, tmp_path, monkeypatch, capsys):
    try_pairs(10, tmp_path, training, monkeypatch)
    with capsys.disabled():
        print("\n10 pairs in default folders, 10 in the same folder: nothing lost or mixed")


@pytest.fixture(scope="module")
def two_runs(train_in, tmp_path_factory):
    """Folder of runs of two classes, run0 and run1; copy it before changing it."""
    folder = tmp_path_factory.mktemp("two")
    for label in (0, 1):
        train_in(folder, *ARGUMENTS, f"dataset.label={label}", f"hydra.run.dir=run{label}")
    return folder


def test_a_second_run_needs_leave(two_runs, train_in, tmp_path, capsys):
    shutil.copytree(two_runs / "run0", tmp_path / "run")
    (tmp_path / "run/notes.txt").write_text("mine")
    (tmp_path / "run/samples_prior.png").write_bytes(b"of the old run")
    name, before = read_status(tmp_path / "run").run_id, (tmp_path / "run/metrics.json").read_bytes()
    with pytest.raises(SystemExit) as left:
        train_in(tmp_path, *ARGUMENTS, "dataset.label=1", "hydra.run.dir=run")
    assert left.value.code == 2
    assert (
        "there is a run in this folder; resume=FOLDER goes on with it, overwrite=true removes it"
        in capsys.readouterr().err
    )
    assert (tmp_path / "run/metrics.json").read_bytes() == before
    train_in(tmp_path, *ARGUMENTS, "dataset.label=1", "hydra.run.dir=run", "overwrite=true")
    assert read_json(tmp_path / "run" / METRICS)["dataset/label"] == 1
    assert read_status(tmp_path / "run").run_id != name
    assert (tmp_path / "run/notes.txt").read_text() == "mine"
    assert not (tmp_path / "run/samples_prior.png").exists()
    assert "class 0" not in (tmp_path / "run/train.log").read_text()
    with pytest.raises(SystemExit):
        train_in(tmp_path, "-m", *ARGUMENTS, "dataset.label=0,1", "hydra.sweep.dir=.", "hydra.sweep.subdir=run")
    assert "there is a run in this folder" in capsys.readouterr().err


def test_files_of_two_runs_are_not_taken_for_one(two_runs, train_in, tmp_path, capsys):
    from qinr_lightning.errors import SettingError
    from qinr_lightning.reporting import collect
    from qinr_lightning.runs import open_datamodule

    shutil.copytree(two_runs, tmp_path, dirs_exist_ok=True)
    results = {name: (tmp_path / "run0" / name).read_bytes() for name in (METRICS, EXAMPLES, HISTORY)}
    for name, content in results.items():
        (tmp_path / "run0" / name).write_bytes((tmp_path / "run1" / name).read_bytes())
        collection = collect([str(tmp_path)])
        assert [run.folder.name for run in collection.runs] == ["run1"]
        assert f"its {name} is not what this run has written" in collection.problems[0].reason
        if name == METRICS:
            train_in(tmp_path, "resume=run0")  # Measures it again.
            continue
        if name == HISTORY:
            with pytest.raises(SystemExit):
                train_in(tmp_path, "resume=run0")
            assert f"its {HISTORY} is not what this run has written\n" in capsys.readouterr().err
        (tmp_path / "run0" / name).write_bytes(content)
        assert len(collect([str(tmp_path)]).runs) == 2
    checkpoint = (tmp_path / "run0" / CHECKPOINT).read_bytes()
    (tmp_path / "run0" / CHECKPOINT).write_bytes((tmp_path / "run1" / CHECKPOINT).read_bytes())
    with pytest.raises(SettingError, match=r"run0: its checkpoints/last.ckpt and its status.json are of two runs"):
        open_datamodule(tmp_path / "run0")
    (tmp_path / "run0" / CHECKPOINT).write_bytes(checkpoint)
    config = tmp_path / "run0/.hydra/config.yaml"
    config.write_text(config.read_text().replace("label: 0", "label: 1"))
    with pytest.raises(SettingError, match=r"says dataset.label=1, its checkpoints/last.ckpt is of other data"):
        open_datamodule(tmp_path / "run0")
    (tmp_path / "run0" / FACTS).write_bytes((tmp_path / "run1" / FACTS).read_bytes())
    collection = collect([str(tmp_path)])
    assert [run.folder.name for run in collection.runs] == ["run1"]
    assert "are of two runs" in collection.problems[0].reason
