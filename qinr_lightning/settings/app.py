"""Run a command under Hydra, with one clear line for a user's mistake."""

import errno
import functools
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO, cast

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.runs import CONFIG, OUTPUT
from qinr_lightning.settings.checking import check, check_paths, resolved
from qinr_lightning.settings.conf import config_folder
from qinr_lightning.settings.messages import leaving_on_mistakes, name_setting
from qinr_lightning.settings.places import make_absolute, place_from
from qinr_lightning.settings.record import recorded_sweep
from qinr_lightning.settings.references import References
from qinr_lightning.settings.resuming import resumed_arguments
from qinr_lightning.settings.signals import Interrupted, ending_on_signals
from qinr_lightning.settings.signatures import check_values
from qinr_lightning.settings.sweep import (
    command_to_go_on,
    current_sweep,
    ending_progress,
    planned_jobs,
    report_failures,
    report_interruption,
    typed_for_hydra,
    typed_settings,
)
from qinr_lightning.settings.typed import check_choices, check_typed_once, typed_for_process


def sweep_folder(*, _root_: Any) -> str | None:
    """``hydra.sweep.dir`` of the multirun that a job is of, also where it goes on alone; None in a single run.

    In configurations it is ``${sweep_folder:}``; OmegaConf gives the whole configuration.
    """
    hydra_config = HydraConfig.get()
    if hydra_config.mode == RunMode.MULTIRUN:
        return str(hydra_config.sweep.dir)
    resumed = _root_.get("resume")
    return recorded_sweep(Path(resumed)) if isinstance(resumed, str) else None


def be_quiet() -> None:
    """Leave out what is no news to the user of a command."""
    # Which devices there are and what else could be installed. Lightning sets the level of the first when it is
    # imported, after this module: once more before each job; what a check hears comes from the second.
    for lightning in ("lightning.pytorch", "lightning.pytorch.utilities.rank_zero"):
        logging.getLogger(lightning).setLevel(logging.WARNING)
    # Of what cannot be imported: it is raised, too.
    logging.getLogger("hydra.utils").setLevel(logging.CRITICAL)
    # Which jobs a launcher has been given.
    for launchers in ("hydra._internal.core_plugins", "hydra_plugins"):
        logging.getLogger(launchers).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")
    # That a run on a machine with Slurm could have been a job of Slurm's.
    warnings.filterwarnings("ignore", message=r"The `srun` command is available")
    # That Hydra will cease to complete our hydra/launcher files, which are complete, from the plugins' own.
    warnings.filterwarnings("ignore", message=r"\s*'hydra/launcher/\w+' is validated against ConfigStore schema")


# Launchers' processes import this module, too, before they compose the configuration of their job.
OmegaConf.register_new_resolver("sweep_folder", sweep_folder, replace=True)
OmegaConf.register_new_resolver("folder_from", place_from, replace=True)
be_quiet()


NOBODY_READS = 128 + signal.SIGPIPE
"""Exit status when the reader of a pipe has gone: what a shell says of a program that SIGPIPE has ended."""


class PipedOutput:
    """Standard output that ends the command, without a word, where nobody reads it any more.

    By SystemExit where it is written to: logging would print a BrokenPipeError with its traceback, and Rich would end
    with another status. Not by SIGPIPE, which a lost connection to a server sends, too.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            sys.exit(NOBODY_READS)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return len(text)  # The terminal has been closed; SIGHUP says so, too.

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            sys.exit(NOBODY_READS)


@contextmanager
def ending_with_its_reader() -> Iterator[None]:
    """End quietly, with status 141, when the pipe that the block prints to closes early, as that to ``head`` does."""
    stream = sys.stdout
    try:
        with redirect_stdout(cast(TextIO, PipedOutput(stream))):
            yield
    finally:
        try:
            stream.flush()
        except BrokenPipeError:
            # Python flushes once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            sys.exit(NOBODY_READS)


@contextmanager
def output_to(path: Path) -> Iterator[None]:
    """What this process prints goes to a file: several jobs at once would garble a terminal."""
    sys.stdout.flush()
    kept = os.dup(1), os.dup(2)
    with path.open("a") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        for number, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)


def run_command(task: Callable[[Any], Any], config_name: str) -> None:
    """Compose ``conf/<config_name>.yaml`` with the command line and call ``task``, once or for each job of a multirun.

    A setting that cannot be used is answered by a line on stderr and exit status 2; other errors keep their traceback.
    """
    # Hydra then raises composition errors instead of printing them itself.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # Of a command that this process has run before.
    HydraConfig.instance().cfg = None
    current_sweep.set(None)
    planned_jobs.set({})

    @functools.wraps(task)
    def job(config: DictConfig) -> Any:
        make_absolute(config)
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            # A job may run elsewhere and later, with values that the sweeper has just made up.
            check(config, "sweep")
            shares_terminal = "JoblibLauncher" in HydraConfig.get().launcher._target_
            be_quiet()
            with output_to(Path(config.paths.output_dir) / OUTPUT) if shares_terminal else nullcontext():
                return task(config)
        be_quiet()
        # Hydra would put a line of its own in front of an error that reaches it.
        with leaving_on_mistakes(sys.argv[1:]):
            try:
                return task(config)
            except Interrupted as interrupted:
                folder = Path(HydraConfig.get().runtime.output_dir)
                if config_name == "train" and (folder / CONFIG).exists():
                    print(f"{interrupted.name}: go on with {command_to_go_on(folder)}", file=sys.stderr)
                raise

    if "--version" in sys.argv[1:]:
        print(f"qinr-lightning {version('qinr-lightning')}, Hydra {hydra.__version__}")
        return
    with ending_with_its_reader(), leaving_on_mistakes(sys.argv[1:]), ending_on_signals():
        if config_name == "train":
            sys.argv[1:] = resumed_arguments(typed_for_process(sys.argv[1:]))
        else:
            _refuse_sweep(sys.argv[1:])
        try:
            with ending_progress():
                hydra.main(version_base="1.3", config_path=str(config_folder()), config_name=config_name)(job)()
        except Interrupted as interrupted:
            report_interruption(interrupted.name)
            raise
        except Exception:
            # The jobs after a failed one have run all the same; each has its traceback in its folder.
            if not report_failures():
                raise
            sys.exit(1)


def _refuse_sweep(arguments: list[str]) -> None:
    """Before Hydra makes a folder for it."""
    given = [item for item in arguments if item.lower() == "hydra.mode=multirun"]
    if get_args_parser().parse_args(arguments).multirun:
        given.insert(0, next((item for item in arguments if item.startswith(("-m", "--m"))), "--multirun"))
    if given:
        raise HydraException(f"{given[0]}: train alone makes sweeps; this command takes one thing at a time")


def call_target(config: DictConfig) -> Any:
    """Check the settings of a command against the function that its ``_target_`` names, and call it."""
    hydra_config = OmegaConf.create({"hydra": HydraConfig.get()})
    check_typed_once([*typed_for_hydra(hydra_config), *typed_settings(hydra_config)])
    check_choices(typed_settings(hydra_config))
    settings = resolved(config)
    paths = settings.pop("paths", {})  # Others refer to them.
    if "data_dir" in settings and paths["data_dir"] is None:
        del paths["data_dir"]  # Where each run has had its data.
    for mistake in check_paths({"paths": paths}):
        raise mistake
    for mistake in check_values(settings, References(config)):
        raise mistake
    try:
        call = instantiate(settings, _convert_="all", _partial_=True)
    except InstantiationException as error:
        raise name_setting(error, References(config), settings) from error
    return call()
