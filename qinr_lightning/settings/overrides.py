"""Overrides that one command gives to another: which setting each is for, and which may not be there."""

import shlex
from collections.abc import Collection, Mapping, Sequence

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.quoting import quoted

LISTS = ("labels", "seeds", "reuse")
"""Settings of commands about several runs that take several values, typed with commas between them."""
SCALARS = ("seeds",)
"""Those of them in which one value alone means something else."""


def key_of(override: str) -> str:
    """The setting or group that an override is for.

    Raises:
        HydraException: When it is no override.
    """
    (parsed,) = OverridesParser.create().parse_overrides([override])
    return parsed.get_key_element().lstrip("+~")


def merged(overrides: Sequence[str], later: Sequence[str]) -> list[str]:
    """Overrides of which the later ones take the place of those for the same setting."""
    keys = {key_of(item) for item in later}
    return [*(item for item in overrides if key_of(item) not in keys), *later]


def refuse(overrides: Sequence[str], keys: Mapping[str, str]) -> None:
    """Refuse overrides for some settings.

    Args:
        overrides: What was typed or written.
        keys: Settings, or ``group.`` for all below, and what to do instead.

    Raises:
        SettingError: For the first of them.
    """
    for item in overrides:
        key = key_of(item)
        for refused, instead in keys.items():
            if key == refused or (refused.endswith(".") and key.startswith(refused)):
                raise SettingError(key, item.partition("=")[2], instead)


def own_arguments(arguments: Sequence[str], own: Collection[str]) -> list[str]:
    """A command line about several runs as the command's own configuration has it.

    What is no setting of the command is one of the runs', and becomes an item of the setting ``typed``. Hydra would
    take ``labels=0,1`` for a sweep. A side is typed as the line that it adds to a train command, in quotes:
    ``sides.mine='circuit=ansatz circuit.function=my_circuits.ladder'``.

    Args:
        arguments: What was typed.
        own: Settings of the command.
    """
    overrides = get_args_parser().parse_args(arguments).overrides
    kept, of_runs = [item for item in arguments if item not in overrides], []
    for item in overrides:
        key, equals, value = item.partition("=")
        name = key.lstrip("+~")
        if name.startswith("sides.") and equals and not value.startswith("["):
            try:
                # Quotes of Hydra's around the whole line, too, hold what they quote.
                line = shlex.split(value)[0] if value.startswith(("'", '"')) else value
                kept.append(f"++{name}=[{','.join(map(quoted, shlex.split(line)))}]")
            except ValueError:  # A quote that is not closed, of which Hydra will say so.
                kept.append(item)
        elif name.partition(".")[0] in own and value.startswith(("[", "{")) and key == name and name not in LISTS:
            kept.append(f"++{item}")  # Hydra adds nothing to what is empty, unless told to.
        elif name in LISTS and equals and not value.startswith("[") and ("," in value or name not in SCALARS):
            kept.append(item if value == "all" else f"{key}=[{value}]")
        elif name.partition(".")[0] in own or not equals:
            kept.append(item)
        else:
            of_runs.append(item)
    return [*kept, f"typed=[{','.join(map(quoted, of_runs))}]"] if of_runs else kept
