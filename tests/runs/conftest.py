"""Commands that are ended from outside: each runs in a process of its own, which is a copy of this one."""

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch

from qinr_lightning.runs import METRICS, read_json

_TINY = ["model.encoder.channels=[4,8]", "dataset.samples_per_class=40"]
SMALL = {
    "ae": ["model=ae", *_TINY],
    "vae": ["model=vae", *_TINY],
    "gan": [
        "model=qinr_qgan", "dataset.samples_per_class=12", "generator.head_dims=[16]", "critic.hidden_dims=[8]"
    ],
}  # fmt: skip
"""What makes a run of each kind a short one."""


def start(task: Callable[[], Any]) -> int:
    """Start a task in a process of its own and return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Of fork beside threads; what is forked trains in one.
        process = os.fork()
    if process:
        return process
    status = 1
    try:
        task()
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait(process: int) -> int:
    """Exit status of a process, minus the number of a signal that has ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def end_after(process: int, seconds: float, number: int) -> int:
    """Send a signal to a process after some time, unless it has ended by then; its exit status."""
    time.sleep(seconds)
    os.kill(process, number)
    return wait(process)


def die(*arguments: object, **options: object) -> None:
    """In place of a function: the process ends as if by kill -9 where it would have been called."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def training(train_in) -> Callable[..., int]:
    """Trains with some arguments in a folder and in a process of its own, after changing something there."""

    def begin(
        folder: Path, arguments: Iterable[str], change: Callable[[pytest.MonkeyPatch], None] | None = None
    ) -> int:
        def task() -> None:
            with pytest.MonkeyPatch.context() as patch:
                if change is not None:
                    change(patch)
                train_in(folder, *arguments)

        return start(task)

    return begin


def differences(first: Path, second: Path) -> list[str]:
    """What two runs differ in: parameters, states of optimizers and callbacks, numbers, history, images."""
    states = [torch.load(folder / "checkpoints/last.ckpt", weights_only=True) for folder in (first, second)]
    found = list(_differences(*states, "checkpoint"))
    numbers = [
        {name: value for name, value in read_json(folder / METRICS).items() if not name.startswith("time/")}
        for folder in (first, second)
    ]
    found += list(_differences(*numbers, "metrics"))
    for name in ("metrics.csv", "examples.npz"):
        found += [name] if (first / name).read_bytes() != (second / name).read_bytes() else []
    pictures = [{path.name for path in folder.glob("*.png")} for folder in (first, second)]
    return found + sorted(pictures[0] ^ pictures[1])


def _differences(first: Any, second: Any, place: str) -> Iterable[str]:
    if isinstance(first, dict) and isinstance(second, dict):
        # Names of runs and what Lightning counts.
        for key in {**first, **second}.keys() - {"run", "loops"}:
            yield from _differences(first.get(key), second.get(key), f"{place}.{key}")
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for number, pair in enumerate(zip(first, second, strict=True)):
            yield from _differences(*pair, f"{place}.{number}")
    elif not (torch.equal(first, second) if isinstance(first, torch.Tensor) else first == second):
        yield place
