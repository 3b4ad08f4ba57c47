"""Generated overrides of every key that `--cfg job` prints: each is taken, or refused in one line and without a trace.

The checks run as the command runs them; what comes after them is replaced. What may be taken is told from the value
that a key has by default, by rules that know nothing of annotations.
"""

import contextlib
import functools
import io
import logging
import multiprocessing
import os
import random
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from qinr_lightning.runs import find_runs
from qinr_lightning.settings import call_target, run_command
from qinr_lightning.settings.conf import config_folder
from qinr_lightning.settings.quoting import quoted

LIMITS = {signal.ITIMER_PROF: 30, signal.ITIMER_REAL: 1200}
"""Seconds for one command: of computing, where most take a third of one, and in all, on however busy a machine."""

BASES = [
    "", "model=ae", "kl=capacity averaging=ema", "decoder=classical", "circuit=mlp", "circuit=tanh",
    "model=pqwgan recipe=tuned", "model=anogan", "model=anogan generator=mirrored", "model=qinr_qgan",
    "lr_schedule=one_cycle optimizer=adamw", "lr_schedule=cosine circuit/init=near_identity", "logger=wandb",
    "logger=tensorboard", "backend=pennylane", "circuit=hardware_efficient readout=xyz_zz", "extractor=classifier",
    "extractor=inception", "circuit/init=block_identity", "kl=constant trainer=ddp",
]  # fmt: skip

OF_KIND = {
    "nan": ["nan"],
    "inf": ["inf", "-inf"],
    "huge": ["1e300", "1_000_000_007", "99999999999999999999", "1" * 5000],
    "negative": ["-1", "-0.5", "-1e300"],
    "zero": ["0"],
    "fraction": ["0.5"],
    "number": ["3"],
    "bool": ["true", "false"],
    "null": ["null"],
    "empty": ["''"],
    "text": ["nonsense", "'1'", '"it\'s"', "'say \"x\"'", "'\u00e9\u4e2d\U0001f600'", "'two\nlines'"],
    "list": ["[]", "[1,x]", "[-1]", "[[1]]"],
    "nothing new": ["{}"],
    "dict": ["{a:1}"],
    "broken": ["${nothing}", "${oc.env:NO_SUCH_VARIABLE}", "${", "[", "a=b", "???", "'"],
}
VALUES = {value: kind for kind, values in OF_KIND.items() for value in values}
"""What is typed, and of which kind it is."""

GROUPS = [
    "dataset", "model", "decoder", "circuit", "readout", "backend", "noise", "circuit/init", "kl", "optimizer",
    "lr_schedule", "averaging", "logger", "extractor", "experiment", "trainer", "callbacks", "paths", "dataset_model",
    "dataset_circuit", "dataset_decoder", "dataset_init", "recipe", "generator", "gan", "nothing", "model_recipe",
    "curve",
]  # fmt: skip

# Exceptions from the rules of `may_be_taken`, each with the kinds that are taken, too.
ALSO = {
    "trainer.devices": {"text", "negative", "list"},
    "trainer.max_steps": {"negative", "huge"},
    "trainer.min_steps": {"null", "huge"},
    "trainer.fast_dev_run": {"number", "zero"},
    "dataset.label": {"text", "empty"},
    "circuit.readout": {"text", "list"},
    "circuit.entangler": {"text", "list"},
    "backend.keep_up_to": {"huge"},
    "seed": {"huge"}, "model.seed": {"huge"}, "dataset.seed": {"huge"}, "extractor.seed": {"huge"},
    "logger.wandb.name": {"empty"}, "logger.wandb.project": {"empty"}, "logger.wandb.group": {"empty"},
    "logger.tensorboard.name": {"empty"}, "logger.tensorboard.version": {"empty", "number", "zero", "negative", "huge"},
    "decoder.head_dims": {"list"}, "generator.head_dims": {"list"}, "critic.hidden_dims": {"list"},
    "images": {"list"}, "trust": {"list", "text"}, "runs": {"list"},
    "logger.wandb.tags": {"list"},
}  # fmt: skip
NULL_IS = {
    "trainer.min_epochs": "int", "trainer.min_steps": "int", "trainer.max_time": "text",
    "trainer.limit_train_batches": "float", "trainer.gradient_clip_val": "float", "trainer.deterministic": "bool",
    "trainer.benchmark": "bool", "resume": "text", "decoder.head_activation": "text", "decoder.activation": "text",
    "backend.shots": "int", "backend.max_circuits": "int", "backend": "null", "curve": "null",
    "backend.device_options": "dict", "backend.zne": "list", "curve.n_images": "int", "model.lr_classical": "float",
    "model.lr_quantum": "float", "out": "text", "logger.wandb.entity": "text", "extractor.weights": "text",
    "generator.patch_shape": "list", "generator.patches.patch_shape": "list", "trainer.profiler": "null",
    "lr_schedule": "null", "extractor": "null", "experiment": "null", "data_dir": "text", "paths.data_dir": "text",
    "image": "int", "pixel": "list", "push_to_hub": "text",
}  # fmt: skip
"""What may be given to a key that is null."""
NULLABLE = {
    *NULL_IS, "trainer.gradient_clip_algorithm", "model.lr_quantum", "model.optimizer", "model.lr_schedule",
    "trainer.default_root_dir", "logger.wandb.name", "logger.wandb.group", "logger.wandb.project",
    "logger.wandb.offline", "logger.wandb.tags", "logger.tensorboard.name", "logger.tensorboard.version",
    "logger.wandb", "logger.tensorboard", "logger.wandb.save_dir",
}  # fmt: skip

ANY_NUMBER = {"zero", "fraction", "number"}
OF_TYPE = {
    bool: {"bool"},
    int: {"zero", "number"},
    float: ANY_NUMBER,
    str: {"text"},
    list: {"list"},
    dict: {"nothing new"},  # Hydra merges.
    "text": {"text"}, "int": {"zero", "number"}, "float": ANY_NUMBER, "bool": {"bool"}, "list": {"list"},
    "dict": {"dict", "nothing new"}, "null": set(),
}  # fmt: skip


def may_be_taken(key: str, default: object, kind: str) -> bool:
    """Whether a value of this kind can mean anything for a key with this default."""
    if kind in ALSO.get(key, ()):
        return True
    if key.endswith("_target_"):
        return False
    if kind == "null":
        return default is None or key in NULLABLE
    return kind in OF_TYPE[NULL_IS.get(key, "null") if default is None else type(default)]


def leaves(node: object, path: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    """Every key, of values and of what holds values, with what it is."""
    found = [(".".join(path), node)] if path else []
    if isinstance(node, dict):
        found += [leaf for key, value in node.items() for leaf in leaves(value, (*path, str(key)))]
    return found


@functools.cache
def as_written(command: str, base: str) -> dict[str, object]:
    """Every key with what the configuration says, references as they are."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        config = compose(command, base.split())
    GlobalHydra.instance().clear()
    return dict(leaves(OmegaConf.to_container(config, resolve=False)))


def keys_of(command: str, base: str) -> list[tuple[str, object]]:
    """Every key with the value that it has, plain references followed."""
    written = as_written(command, base)

    def followed(value: object) -> object:
        while isinstance(value, str) and value.startswith("${") and value[2:-1] in written:
            value = written[value[2:-1]]
        return value

    return [(key, followed(value)) for key, value in written.items() if value != "???"]


class Took(BaseException):
    """A command took too long."""


class Outcome(Exception):
    """What should not have been."""


def run(command: str, arguments: list[str], folder: Path) -> tuple[bool, str]:
    """Whether a command's settings were taken, and what it said on stderr.

    Raises:
        Outcome: Where it is not one of the two that are allowed.
    """

    def too_long(*_: object) -> None:
        raise Took

    place = Path(folder, "empty")
    place.mkdir()
    here, taken, error = Path.cwd(), [], io.StringIO()
    os.chdir(place)
    GlobalHydra.instance().clear()
    before = {number: signal.signal(number, too_long) for number in (signal.SIGPROF, signal.SIGALRM)}
    for timer, seconds in LIMITS.items():
        signal.setitimer(timer, seconds)
    code: object = 0
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(error):
            patch.setattr("sys.argv", [command, *arguments])
            with contextlib.redirect_stdout(io.StringIO()):
                if command == "train":
                    run_command(lambda config: taken.append(config), "train")
                else:
                    run_command(lambda config: taken.append(call_target(config)), command)
    except SystemExit as left:
        code = left.code
    except Took:
        code = "nothing in time"
    finally:
        for timer in LIMITS:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.chdir(here)
        logging.shutdown()
        logging.getLogger().handlers.clear()
    said, left_behind = error.getvalue(), [str(path.relative_to(place)) for path in place.rglob("*")]
    shutil.rmtree(place)
    if multiprocessing.active_children():
        raise Outcome("left processes behind")
    if code == 0 and taken:
        return True, said
    if code != 2 or taken:
        raise Outcome(f"ended with {code}, having said {said[-300:]!r}")
    if left_behind:
        raise Outcome(f"left {left_behind[:3]} behind, having said {said!r}")
    if not said.startswith("error: ") or said.count("\n") != 1:
        raise Outcome(f"said {said[-300:]!r}")
    return False, said


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Replaces what follows the checks; data sets are read once."""
    from qinr_lightning import evaluate, export, report, sample
    from qinr_lightning.data import Digits

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    load = Digits.load
    read = functools.cache(lambda split, classes: load(Digits(), split, classes))
    monkeypatch.setattr(Digits, "load", lambda self, split, classes=None: read(split, classes and tuple(classes)))
    for module, name in ((evaluate, "evaluate_runs"), (sample, "sample_run"), (export, "export_run")):
        function = getattr(module, name)
        monkeypatch.setattr(module, name, functools.wraps(function)(lambda **given: find_runs(given["run"])))
    make_report = report.make_report
    looked = functools.wraps(make_report)(lambda **given: [find_runs(place, "runs") for place in given["runs"]])
    monkeypatch.setattr(report, "make_report", looked)
    run_folder = tmp_path / "finished/.hydra"
    run_folder.mkdir(parents=True)
    (run_folder / "config.yaml").write_text("{}\n")
    return run_folder.parent


def cases(n: int, seed: int) -> list[tuple[str, list[str], str, object, str]]:
    """Command, what is typed, key, its default and the kind of the value."""
    draw = random.Random(seed)
    every = []
    for base in BASES:
        for key, default in keys_of("train", base):
            every += [
                ("train", [*base.split(), f"{key}={value}"], key, default, kind) for value, kind in VALUES.items()
            ]
    train = draw.sample(every, 7 * n // 10)
    others = []
    for command in ("evaluate", "sample", "analyze", "export", "report"):
        for key, default in [*keys_of(command, ""), ("run", "RUN") if command != "report" else ("runs", ["RUN"])]:
            others += [(command, [f"{key}={value}"], key, default, kind) for value, kind in VALUES.items()]
    sweeps = [(c, ["-m", *typed[:-1], f"{typed[-1]},{typed[-1].partition('=')[2]}"], key, default, kind)
              for c, typed, key, default, kind in draw.sample(every, n // 10)]  # fmt: skip
    of_groups = [
        ("train", [f"{prefix}{group}={value}"], group, "a choice", kind if kind != "text" else "choice")
        for prefix in ("", "+", "~") for group in GROUPS for value, kind in VALUES.items()
    ]  # fmt: skip
    return [*train, *draw.sample(others, n // 10), *sweeps, *draw.sample(of_groups, n // 10)]


@pytest.mark.parametrize(
    ("n", "seed"), [(25, 3), pytest.param(1000, 2, marks=pytest.mark.slow)], ids=["a few", "a thousand"]
)
def test_taken_or_refused_in_a_line(n, seed, commands, tmp_path, capsys):
    counts: Counter[str] = Counter()
    wrong = []
    for command, typed, key, default, kind in cases(n, seed):
        given = ["trainer.accelerator=cpu"] if command == "train" and not key.startswith("trainer") else []
        if command in ("evaluate", "sample", "analyze", "export") and key != "run":
            given = [f"run={commands}"]
        if command == "report" and key != "runs":
            given = [f"runs=[{commands}]"]
        try:
            taken, _ = run(command, [*typed, *given], tmp_path)
        except Outcome as outcome:
            counts["neither"] += 1
            wrong.append(f"{command} {' '.join(typed)[:200]!r} {outcome}")
            continue
        counts["taken" if taken else "refused"] += 1
        in_groups = default == "a choice"
        if taken and not in_groups and not may_be_taken(key, default, kind):
            counts["without meaning"] += 1
            wrong.append(f"{command} {' '.join(typed)[:200]!r} was taken")
        if taken and in_groups and kind not in ("null", "bool") and not typed[0].startswith("~"):
            counts["without meaning"] += 1
            wrong.append(f"{command} {' '.join(typed)[:200]!r} was taken")
    with capsys.disabled():
        print(f"\n{sum(counts.values()) - counts['without meaning']} commands:",
              ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))  # fmt: skip
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES)
def test_what_a_key_is_by_default_may_be_typed(base, commands, tmp_path):
    """No check refuses what the configuration itself says."""
    typed = []
    for key, value in as_written("train", base).items():
        if isinstance(value, str):
            if "$" not in value and not key.startswith("paths"):
                typed.append(f"{key}={quoted(value)}")
        elif isinstance(value, bool | int | float):
            typed.append(f"{key}={str(value).lower()}")
        elif value is None and "." in key:
            typed.append(f"{key}=null")
    assert len(typed) > 20
    taken, said = run("train", [*base.split(), *typed], tmp_path)
    assert taken, said
