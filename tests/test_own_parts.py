"""The examples of docs/own.md, as they stand there."""

import re
import shlex
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "own.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
FILES = {body.split("\n")[0].removeprefix("# "): body for language, body in BLOCKS if language != "bash"}
COMMANDS = [line for language, body in BLOCKS if language == "bash" for line in body.splitlines()]


@pytest.mark.parametrize("line", COMMANDS)
def test_example(line, command, tmp_path, monkeypatch):
    for name, body in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # What says which file this is is no part of it: Hydra wants its own comment first.
        path.write_text(body.partition("\n")[2])
    monkeypatch.syspath_prepend(tmp_path)
    python, option, module, *arguments = shlex.split(line)
    assert (python, option, module) == ("python", "-m", "qinr_lightning.train")
    command(*arguments, "trainer.fast_dev_run=true")
    for name in FILES:
        sys.modules.pop(Path(name).stem, None)


def test_every_kind_has_an_example():
    kinds = ("readout", "circuit", "noise model", "decoder", "data set", "KL schedule")
    assert [heading for heading in re.findall(r"^## Add an? (.*)$", PAGE, flags=re.MULTILINE)] == list(kinds)
    assert len(COMMANDS) == len(kinds) + 1
