"""What was typed, before anything is made of it: each setting once, and choices that exist."""

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.signatures import closest


def typed_for_process(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """The command line of this process, each setting once where Lightning has started it beside a first one.

    Lightning repeats the first one's command line and adds the run folder, a name and no ``.hydra`` at its end. These
    take the place of what was typed; any other command line stays as it is.
    """
    typed, added = list(arguments[:-3]), list(arguments[-3:])
    rank = environment.get("LOCAL_RANK", "0")
    keys = [item.partition("=")[0] for item in added]
    if rank == "0" or added[1:] != [f"hydra.job.name=train_ddp_process_{rank}", "hydra.output_subdir=null"]:
        return [*typed, *added]
    return [*(item for item in typed if item.lstrip("+").partition("=")[0] not in keys), *added]


def check_typed_once(overrides: Sequence[str]) -> None:
    """Refuse a setting that was typed twice: Hydra would take the last without a word.

    Raises:
        SettingError: Naming both values.
    """
    typed: dict[str, str] = {}
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.get_key_element().lstrip("+~")
        if override.is_delete():
            typed.pop(key, None)  # What is left out may be put in anew.
            continue
        value = override.get_value_string()
        if key in typed:
            raise SettingError(key, value, f"is typed twice; the other is {key}={typed[key]}")
        typed[key] = value


def check_choices(overrides: Sequence[str]) -> None:
    """Refuse a typed choice that a group does not have.

    Hydra does so itself, but for groups that need not have the choice that data set and model stand for, such as
    ``dataset_model``.

    Raises:
        SettingError: For the first of them.
    """
    chosen = HydraConfig.get().runtime.choices
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        group, value = override.key_or_group, override.value()
        options = _options(group)
        if override.is_delete() or not options or value is None or override.is_sweep_override():
            continue
        if value in ([], {}):
            raise SettingError(group, value, "a group takes the name of one of its choices")
        if isinstance(value, list):
            continue  # Several, and Hydra looks for each.
        choice = str(chosen.get(group, value))
        folder, _, name = choice.rpartition("/")
        if name not in (_options(f"{group}/{folder}") if folder else options):
            raise SettingError(group, choice, f"no such choice; {closest(choice, options)}")


def _options(group: str) -> list[str]:
    return _options_in(str(GlobalHydra.instance().config_loader().get_search_path()), group)


@lru_cache(maxsize=256)
def _options_in(folders: str, group: str) -> list[str]:
    """Once for all jobs of a sweep, which look in the same folders."""
    return list(GlobalHydra.instance().config_loader().get_group_options(group, ObjectType.CONFIG))
