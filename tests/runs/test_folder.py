from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from qinr_lightning.errors import SettingError
from qinr_lightning.runs import (
    check_results,
    find_runs,
    finish_run,
    has_results,
    read_examples,
    read_history,
    read_json,
    the_run,
    versions,
    write_results,
)
from qinr_lightning.runs.folder import CHECKPOINT, CONFIG, EXAMPLES, FACTS, METRICS, write_history
from qinr_lightning.runs.whole import whole, write_whole
from qinr_lightning.settings.conf import config_folder


def test_runs_at_any_depth_in_the_order_of_their_numbers(tmp_path):
    for name in ("sweep/10", "sweep/2", "single"):
        (tmp_path / name / ".hydra").mkdir(parents=True)
        (tmp_path / name / CONFIG).write_text("{}\n")
    assert [str(run.relative_to(tmp_path)) for run in find_runs(tmp_path)] == ["single", "sweep/2", "sweep/10"]
    with pytest.raises(
        SettingError, match=r"run=.*/nowhere: must be a run folder, with .hydra/config.yaml, or hold some"
    ):
        find_runs(tmp_path / "nowhere")
    assert the_run(tmp_path / "single") == tmp_path / "single"
    with pytest.raises(SettingError, match=f"holds 2 runs; this takes one, such as {tmp_path / 'sweep/2'}"):
        the_run(tmp_path / "sweep")


def test_a_finished_run_can_be_read_again(tmp_path):
    images = torch.tensor([0.0, 0.2, 0.7]).view(3, 1, 1, 1)
    facts = {"label": "7", "versions": versions()}
    finish_run(tmp_path, "a1b2", facts, {"test/psnr": 12.5}, {"samples": images})
    assert {path.name for path in tmp_path.iterdir()} == {METRICS, FACTS, EXAMPLES}
    assert read_json(tmp_path / METRICS) == {"test/psnr": 12.5}
    assert read_json(tmp_path / FACTS).items() >= facts.items()
    assert read_examples(tmp_path)["samples"] == pytest.approx(images, abs=0.51 / 255)
    assert np.load(tmp_path / EXAMPLES)["samples"].dtype == np.uint8


def test_versions_are_those_that_are_installed():
    recorded = versions()
    assert {name: recorded[name] for name in ("torch", "pennylane")} == {
        name: version(name) for name in ("torch", "pennylane")
    }


def test_nothing_is_trained_whose_version_cannot_be_recorded(refused, monkeypatch):
    def installed(name):
        if name == "qinr-lightning":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("qinr_lightning.runs.folder.version", installed)
    assert "qinr-lightning=null: is not installed in " in refused("trainer.max_epochs=1")


@pytest.mark.parametrize("written", range(3))
def test_whenever_writing_ends_numbers_and_images_belong_to_their_run(tmp_path, monkeypatch, written):
    finish_run(tmp_path, "a1b2", {}, {"test/psnr": 1.0}, {"samples": torch.zeros(1, 1, 2, 2)})
    left = [written]

    def until_the_disk_is_full(path, content, write=write_whole):
        if not left[0]:
            raise OSError("full")
        left[0] -= 1
        write(path, content)

    monkeypatch.setattr("qinr_lightning.runs.folder.write_whole", until_the_disk_is_full)
    monkeypatch.setattr("qinr_lightning.runs.results.write_whole", until_the_disk_is_full)
    with pytest.raises(OSError, match="full"):
        write_results(tmp_path, {"test/psnr": 2.0}, {"samples": torch.ones(1, 1, 2, 2)})
    check_results(tmp_path)
    # And then again, what is written takes the place of what was there.
    left[0] = 3
    write_results(tmp_path, {"test/psnr": 3.0}, {"samples": torch.ones(1, 1, 2, 2)})
    assert has_results(tmp_path)
    (tmp_path / METRICS).write_text('{"test/psnr": 4.0}')
    with pytest.raises(SettingError, match=r"its metrics.json is not what this run has written; train resume="):
        check_results(tmp_path)
    assert not has_results(tmp_path)


def test_a_history_has_a_column_for_every_name(tmp_path):
    rows = [{"epoch": 1.0, "a": 0.1}, {"epoch": 2.0, "b": 1e-7}]
    write_history(tmp_path / "run/metrics.csv", rows)
    assert read_history(tmp_path / "run/metrics.csv") == rows


def test_an_interrupted_write_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")

    def break_off():
        with whole(path) as partial:
            partial.write_text("aft")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert path.read_text() == "before"


def test_training_saves_its_checkpoint_where_it_is_looked_for():
    callbacks = OmegaConf.to_container(OmegaConf.load(config_folder() / "callbacks/default.yaml"), resolve=False)
    assert callbacks["checkpoint"]["path"] == f"${{paths.output_dir}}/{CHECKPOINT}"
