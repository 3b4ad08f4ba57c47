"""Sweeps: how their jobs are named, counted and repeated."""

import logging
import shlex
from contextlib import nullcontext
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from qinr_lightning.runs import read_statuses, recording_status
from qinr_lightning.settings import command_of_job, record_settings, run_command
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.sweep import command_to_go_on, summary_of_failures

NASTY = [
    "a", "1", "1e5", "nan", "NULL", "true", "a=b", "a,b", "a[0]", "{x}", "it's", 'say "x"', "' and \"", "a b", "a\tb",
    "${seed}", "$HOME", "\\", "a\\", "a\\'b", "a\\\"b", "\\${x}", "x\\\\${y}", "", "~", "-1", "a:b", "#", "(a)", "a\nb",
    " lead", "trail ", "choice(1,2)", "*", "\u00e9\u4e2d",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_quoted_text_is_read_as_it_was(text):
    override = OverridesParser.create().parse_override(f"key={quoted(text)}")
    read = OmegaConf.to_container(OmegaConf.create({"key": override.value()}), resolve=True)
    assert read == {"key": text}


@pytest.fixture
def jobs(monkeypatch, tmp_path):
    """Runs the train command with jobs that note their folder and command and then end or fail."""
    seen = []

    def run(*arguments, fail=False):
        def job(config):
            folder = Path(config.paths.output_dir)
            seen.append((folder, command_of_job("train", folder), OmegaConf.to_container(config, resolve=True)))
            with recording_status(folder, seen[-1][1]):
                record_settings(folder, config)
                if fail:
                    raise ArithmeticError("on purpose")

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["train", *arguments])
        GlobalHydra.instance().clear()
        seen.clear()
        try:
            with pytest.raises(SystemExit, match="1") if fail else nullcontext():
                run_command(job, "train")
        finally:
            logging.shutdown()
            logging.getLogger().handlers.clear()
        return list(seen)

    return run


@pytest.mark.parametrize(
    "name", ["a,b [0]", *(pytest.param(name, marks=pytest.mark.slow) for name in ('say "x"', "a=b", "it's", "{x}"))]
)
def test_the_command_of_a_failed_job_repeats_it(name, jobs, tmp_path, capsys):
    """Also when typed into a shell, and with values that need quotes."""
    folder = f"hydra.sweep.dir={quoted(str(tmp_path / name))}"
    settings = ["model=ae", "model.seed=${seed}", "model.encoder.channels=[4,8],[4]"]
    first = jobs("-m", folder, "hydra.sweep.subdir=${hydra.job.override_dirname}/x", *settings, fail=True)
    assert [job[0].parts[len(tmp_path.parts)] for job in first] == [name, name]
    summary = capsys.readouterr().err
    assert "2 of 2 jobs failed, 0 finished" in summary
    for folder, command, config in first:
        assert f"    {shlex.join(command)}\n" in summary
        assert shlex.split(shlex.join(command)) == command
        ((again, _, config_again),) = jobs(*command[3:])
        assert again == folder
        assert config_again == {**config, "overwrite": True}  # What is left of the failed job goes.


def test_jobs_in_folders_of_folders_are_counted(tmp_path):
    for name in ("10/a", "9/a/b", "2"):
        with pytest.raises(ArithmeticError), recording_status(tmp_path / name, ["run", name]):
            raise ArithmeticError(name)
    assert len(read_statuses(tmp_path)) == 3
    lines = summary_of_failures(tmp_path).splitlines()
    assert lines[0] == "3 of 3 jobs failed, 0 finished; to run one again, alone:"
    assert [line.split(": ")[0].strip() for line in lines[1::2]] == [
        str(tmp_path / name) for name in ("2", "9/a/b", "10/a")
    ]


def test_own_folder_of_settings_is_part_of_the_command(jobs, tmp_path):
    (tmp_path / "mine/readout").mkdir(parents=True)
    (tmp_path / "mine/readout/corner.yaml").write_text("# @package circuit\nreadout: [Z0]\n")
    ((_, command, config),) = jobs("--config-dir", "mine", "model=ae", "readout=corner", "hydra.run.dir=run")
    (tmp_path / "run/status.json").unlink()
    ((_, _, again),) = jobs(*command[3:])
    assert again == {**config, "overwrite": True}
    assert config["circuit"]["readout"] == ["Z0"]


def test_own_settings_that_others_build_on_are_part_of_the_commands(jobs, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/own.yaml").write_text("defaults: [train, _self_]\nseed: 7\n")
    flags = ["--config-dir", str(tmp_path / "mine"), "--config-name", "own"]
    ((folder, command, config),) = jobs(*flags, "model=ae", "hydra.run.dir=run")
    assert config["seed"] == 7
    assert command_to_go_on(folder) == shlex.join(["python", "-m", "qinr_lightning.train", *flags, f"resume={folder}"])
    (tmp_path / "run/status.json").unlink()
    ((_, _, again),) = jobs(*command[3:])
    assert again == {**config, "overwrite": True}


def test_a_sweep_into_a_folder_with_a_run_in_one_of_its_places_starts_no_job(jobs, tmp_path, capsys):
    jobs("model=ae", "hydra.run.dir=sweep/1")
    with pytest.raises(SystemExit, match="2"):
        jobs("-m", "model=ae", "seed=0,1", "hydra.sweep.dir=sweep")
    assert "hydra.sweep.dir=" in capsys.readouterr().err
    assert not (tmp_path / "sweep/0").exists()


def test_a_job_that_goes_on_alone_stays_in_the_group_of_its_sweep(jobs, tmp_path):
    def group(*arguments):
        (job,) = jobs(*arguments)
        return job[2]["logger"]["wandb"]["group"]

    sweep = group("-m", "logger=wandb", "seed=3")
    assert (tmp_path / sweep / "0").is_dir()
    for _ in range(2):
        assert group(f"resume={sweep}/0") == sweep
    assert group("logger=wandb", "hydra.run.dir=alone") is None
