"""``resume=FOLDER``: the run in that folder goes on, with its own settings.

What was typed for the run is composed again, with what is typed beside ``resume``. The first has to give what the
folder's configuration says; the second may change how long and how fast the run trains and what is shown, not what is
trained on which data.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.errors import SettingError, as_typed
from qinr_lightning.runs import (
    CHECKPOINT,
    CONFIG,
    INSTRUCTIONS,
    OVERRIDES,
    PLACES,
    is_signed,
    read_status,
    translated,
    translated_overrides,
)
from qinr_lightning.settings.places import absolute
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.references import References, all_of, followed

Settings = dict[str, Any]
_MAY_CHANGE = r"model\.(lr_\w+|lr_schedule(\..+)?|optimizer\.(?!_target_).+|(.+\.)?backend(\..+)?)"
"""Settings of a model with which its parameters mean the same."""
CHANGES_NOTHING = {
    "_target_", "accelerator", "benchmark", "default_root_dir", "detect_anomaly", "deterministic", "devices",
    "enable_model_summary", "enable_progress_bar", "log_every_n_steps", "num_nodes", "strategy",
}  # fmt: skip
"""Arguments of the trainer that say where and how a run computes, not what."""
_MISSING = object()


def of_the_run(overrides: list[str]) -> list[str]:
    """What of a command line says what the run is: all but how it is started."""
    return [item for item in overrides if item.lstrip("+~").partition("=")[0] not in ("resume", "overwrite")]


def resumed_arguments(arguments: list[str]) -> list[str]:
    """The command line with what was typed for the run in place of ``resume=FOLDER``; any other as it is.

    Raises:
        SettingError: When there is no such run, it cannot be read, or what is typed cannot go with ``resume``.
    """
    if not any(re.match(r"\+{0,2}resume=", item) for item in arguments):
        return arguments
    parsed = get_args_parser().parse_args(arguments)
    typed = OverridesParser.create().parse_overrides(parsed.overrides)
    named, *others = [override.value() for override in typed if override.key_or_group == "resume"]
    if others:
        raise SettingError("resume", others[-1], f"is typed twice, the first time as {named}")
    if named is None:
        return arguments
    if parsed.multirun or any(override.is_sweep_override() for override in typed):
        raise SettingError("resume", named, "goes on with one run; leave out -m and lists of values")
    folder = find_run(named)
    for override in typed:
        if override.key_or_group == "hydra.run.dir" and absolute(str(override.value())) != str(folder):
            raise SettingError(
                "hydra.run.dir", override.value(), f"resume goes on in {folder}; copy it to go on beside it"
            )
    flags = [item for item in arguments if item not in parsed.overrides]
    dropped = ("resume", "hydra.run.dir")
    kept, added = _merged(recorded_overrides(folder), [item for item in typed if item.key_or_group not in dropped])
    check_recorded(folder, kept)
    place = quoted(str(folder))
    return [*flags, *kept, *added, f"resume={place}", f"hydra.run.dir={place}"]


def find_run(named: Any) -> Path:
    """The run folder that ``resume`` means: the folder itself, or that of its checkpoint.

    Raises:
        SettingError: When there is none.
    """
    allowed = f"must be a run folder, with {CONFIG}, or its {CHECKPOINT}"
    if not isinstance(named, str):
        raise SettingError("resume", named, allowed)
    place = Path(absolute(named))
    folder = place.parents[len(CHECKPOINT.parts) - 1] if place.parts[-2:] == CHECKPOINT.parts else place
    if not (folder / CONFIG).is_file() or (folder != place and not place.is_file()):
        raise SettingError("resume", named, allowed)
    return folder


def recorded_overrides(folder: Path) -> list[str]:
    """What was typed for a run, in today's words.

    Raises:
        SettingError: When it cannot be read.
    """
    try:
        found = OmegaConf.to_container(OmegaConf.load(folder / OVERRIDES), resolve=False)
        OverridesParser.create().parse_overrides(list(map(str, found or [])))
    except Exception as error:
        raise SettingError("resume", folder, f"its {OVERRIDES} cannot be read ({type(error).__name__})") from error
    return of_the_run(translated_overrides(list(map(str, found or []))))


def check_recorded(folder: Path, overrides: list[str]) -> None:
    """Look whether what was typed for a run may be done again: what another user has typed could name code and files.

    Raises:
        SettingError: Naming what has to be typed again, by this user.
    """
    status = read_status(folder)
    if is_signed({"overrides": recorded_overrides(folder)}, None if status is None else status.signature):
        return
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        # A dictionary could hold any of these.
        instructed = any(word in override for word in ("_target_", *INSTRUCTIONS))
        names_code = instructed or "{" in value or key.split(".")[-1] in ("function", "device")
        is_path = "." in key and "/" in value and key not in ("paths.data_dir", "dataset.root")
        if names_code or is_path or key.startswith("hydra"):
            raise SettingError("resume", folder, f"somebody else has typed {override}; type it again if you trust it")


def check_resumed(config: DictConfig, settings: Settings) -> None:
    """Look whether what is typed beside ``resume`` leaves the run what it is.

    Args:
        config: Composed configuration, with what was typed for the run and what is typed now.
        settings: The same as plain Python, all references followed.

    Raises:
        SettingError: Naming what differs, the value in the run and the value now.
    """
    folder = Path(settings["resume"])
    recorded = read_config(folder)
    again = HydraConfig.get()
    try:
        composed = compose(
            again.job.config_name,
            [*_without_folder(list(again.overrides.hydra)), *recorded_overrides(folder)],
            return_hydra_config=True,
        )
    except HydraException as error:
        reason = str(error).strip().splitlines()[0]
        raise SettingError("resume", folder, f"what was typed for it cannot be composed any more ({reason})") from error
    before, now = (followed(plain(given)) for given in (composed, config))
    _check_version(folder, recorded, before, now, References(config))
    # Where a default has changed since, the run's own value is typed.
    changes = [
        (path, was, new)
        for path, was, new in differences(before, now)
        if _is_another_run(path) and _values(_at(recorded, path)) != _values(new)
    ]
    if not changes:
        return
    chosen, choices = again.runtime.choices, composed.hydra.runtime.choices
    typed = [item.lstrip("+~").partition("=")[0] for item in again.overrides.task]
    for group in typed:
        if group in chosen and choices.get(group) != chosen[group]:
            raise SettingError(
                group, chosen[group], f"is {choices.get(group)} in {folder}; with another it is another run"
            )
    path, was, new = changes[0]
    was = _at(recorded, path) if was is _MISSING else was
    raise SettingError(
        References(config).origin(path),
        "left out" if new is _MISSING else new,
        f"is {'not there' if was is _MISSING else as_typed(was)} in {folder}; with another value it is another run",
    )


def _check_version(folder: Path, recorded: Settings, before: Settings, now: Settings, references: References) -> None:
    """What was typed gives what the folder says, unless a default has changed since."""
    # Composed of what this user types; the rest may be a stranger's.
    trusted = {value for _, value in all_of("_target_", now) if isinstance(value, str)}
    for part in ("seed", "dataset", "model", "trainer", "callbacks"):
        shared = part in ("trainer", "callbacks")
        for path, was, new in _changed_since(recorded.get(part), before.get(part), (part,), shared, trusted):
            no_matter = path[-1] in (*PLACES, "path") or (part == "trainer" and path[-1] in CHANGES_NOTHING)
            if no_matter or _at(now, path) == was:
                continue
            name = references.origin(path)
            was, new = as_typed(was), as_typed(new)
            raise SettingError(
                "resume", folder, f"its {name} is {was}, which is {new} by now; type {name}={was} beside it"
            )


def _changed_since(
    old: Any, new: Any, path: tuple[str, ...], shared: bool, trusted: set[str]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where descriptions of two versions differ; an argument that one does not have has its default there.

    Args:
        old: From a folder; nothing that it names is imported.
        new: Composed by this version.
        path: Where they are.
        shared: Whether what only one has does not count.
        trusted: What may be imported.
    """
    if not isinstance(old, dict) or not isinstance(new, dict):
        if _values(old) != _values(new):
            yield path, old, new
        return
    defaults = {}
    if new.get("_target_") in trusted and old.get("_target_") == new["_target_"]:
        defaults = {
            name: parameter.default
            for name, parameter in inspect.signature(get_object(new["_target_"])).parameters.items()
        }
    for key in {**old, **new}:
        if key in old and key in new:
            yield from _changed_since(old[key], new[key], (*path, key), shared, trusted)
        elif not shared and isinstance(default := defaults.get(key), bool | int | float | str | tuple):
            was, now = old.get(key, default), new.get(key, default)
            if not isinstance(was, dict) and not isinstance(now, dict):  # A name stands for an object.
                yield from _changed_since(was, now, (*path, key), shared, trusted)


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where two descriptions differ: each path, with both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from differences(old.get(key, _MISSING), new.get(key, _MISSING), (*path, key))
    elif _values(old) != _values(new):
        yield path, old, new


def _is_another_run(path: tuple[str, ...]) -> bool:
    if path[0] == "dataset":
        return path[-1] not in PLACES
    return path[0] == "seed" or (path[0] == "model" and not re.fullmatch(_MAY_CHANGE, ".".join(path)))


def read_config(folder: Path) -> Settings:
    """The settings of a run folder in today's words, plain references followed.

    Raises:
        SettingError: When they cannot be read.
    """
    try:
        found: Any = OmegaConf.to_container(OmegaConf.load(folder / CONFIG), resolve=False)
        settings = followed(found)
        settings["model"] = translated(settings["model"])
    except Exception as error:
        raise SettingError("resume", folder, f"its {CONFIG} cannot be read ({type(error).__name__})") from error
    return settings


def plain(config: DictConfig) -> Settings:
    """A composed configuration as plain Python, references as they are written."""
    plain = OmegaConf.to_container(
        OmegaConf.create({key: node for key, node in config.items_ex(resolve=False) if key != "hydra"}), resolve=False
    )
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _values(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _at(settings: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(settings, dict) or key not in settings:
            return _MISSING
        settings = settings[key]
    return settings


def _without_folder(overrides: list[str]) -> list[str]:
    return [item for item in overrides if item.lstrip("+~").partition("=")[0] != "hydra.run.dir"]


def _merged(recorded: list[str], typed: list[Override]) -> tuple[list[str], list[str]]:
    """What was typed for the run and is not typed anew, and what is typed now as it has to be for that."""
    new = {override.key_or_group: override for override in typed}
    kept, added_then = [], set()
    for line, override in zip(recorded, OverridesParser.create().parse_overrides(recorded), strict=True):
        key = override.key_or_group
        if any(key.startswith(f"{group}.") for group in new):
            continue  # It was of what another choice has replaced.
        if key in new:
            added_then |= {key} if line.startswith("+") else set()
        else:
            kept.append(line)
    lines = []
    for override in typed:
        line = str(override.input_line)
        was_added = override.key_or_group in added_then
        if was_added and line.startswith("~"):
            continue  # What was added is not added again.
        lines.append("++" + line.lstrip("+") if was_added else line)
    return kept, lines
