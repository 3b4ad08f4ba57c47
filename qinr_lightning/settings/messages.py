"""Say what is wrong with a command line in one line."""

import errno
import re
import shlex
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.conf import NEW_EXPERIMENTS, config_folder, experiments
from qinr_lightning.settings.quoting import quoted
from qinr_lightning.settings.references import References
from qinr_lightning.settings.signatures import TARGET, closest
from qinr_lightning.settings.trainer import FIXED, stays_as_it_is

if TYPE_CHECKING:
    from qinr_lightning.memory import TooLarge

USER_MISTAKE = 2
"""Exit status for a setting that cannot be used."""

CANNOT_BE_WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG,
                     errno.ENAMETOOLONG}  # fmt: skip
"""What the system says of a full disk, a quota, and a place that one may not write to or that has too long a name."""

NO_SUCH_GROUP = r"Could not override '([^']+)'\. No match in the defaults list"

BROUGHT_BY = {
    "circuit": ("decoder", "generator", "model"),
    "circuit/init": ("circuit", "decoder", "generator", "model"),
    "readout": ("circuit", "decoder", "generator", "model"),
    "backend": ("circuit", "decoder", "generator", "model"),
    "noise": ("circuit", "decoder", "generator", "model"),
}
"""Which groups' choices bring a group, the nearest first; any other is brought by the model."""

NEW_NAMES = {
    "model=vae_classical": "is now model=vae decoder=classical",
    "decoder=tanh": "is now circuit=tanh",
    "decoder=mlp": "is now circuit=mlp",
    "model.betas": "is now optimizer.betas",
    "model.lr_schedule=constant": "is now lr_schedule=none",
    "model.lr_schedule=linear": "is now lr_schedule=linear",
    "model.critic.hidden_dims": "is now critic.hidden_dims",
    "model.critic.slope": "is now critic.slope",
    "generator.n_reuploads": "is now circuit.n_reuploads",
    "generator.n_blocks": "is now circuit.n_blocks",
    "generator.n_quantum": "is no setting any more; the other settings give the number",
    "generator.patches.n_quantum": "is no setting any more; the other settings give the number",
}
"""What is said to who types a setting of an earlier version."""


@contextmanager
def leaving_on_mistakes(overrides: Iterable[str]) -> Iterator[None]:
    """Leave with one line on stderr and :data:`USER_MISTAKE` when the block meets a mistake of the user.

    Other errors leave with their traceback and status 1, also where Hydra would turn them into warnings.

    Args:
        overrides: The command line.
    """
    try:
        yield
    except Exception as error:
        line = explain(error, list(overrides))
        if line is None:
            traceback.print_exception(error)
            sys.exit(1)
        print(f"error: {_in_one_line(line)}", file=sys.stderr)
        sys.exit(USER_MISTAKE)


def _in_one_line(text: str) -> str:
    """With line breaks written out, and without the middle of what is endless."""
    printable = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    words = re.sub(r"\S{200,}", lambda word: f"{word[0][:80]}[{len(word[0])} characters]{word[0][-40:]}", printable)
    return words if len(words) <= 1500 else f"{words[:1000]} [...] {words[-400:]}"


def explain(error: Exception, overrides: list[str]) -> str | None:
    """One line for a mistake of the user; None for an error of ours, which deserves its traceback.

    Args:
        error: What Hydra, OmegaConf or this package raised.
        overrides: The command line.
    """
    line = _explain(error, overrides)
    old = next(((item, new) for item in overrides for name, new in NEW_NAMES.items() if _is_setting(item, name)), None)
    return line if line is None or old is None else f"{old[0]}: {old[1]}"


def _is_setting(override: str, name: str) -> bool:
    """Whether an item of the command line is ``name``, or sets it."""
    return override == name or override.startswith(f"{name}=")


def _explain(error: Exception, overrides: list[str]) -> str | None:
    if isinstance(error, SettingError):
        return str(error)
    if isinstance(error, InstantiationException):
        # The settings have been checked; what fails while building is a mistake of ours unless it says otherwise.
        cause, own = error.__cause__, SettingError | OSError | OverrideParseException
        return explain(cause, overrides) if isinstance(cause, own) else None
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OverrideParseException):
        return f"{error.override}: cannot be read as setting=value{_hint_to_quote(str(error.override))}"
    if match := re.match(r"Ambiguous value for argument '(.*)'", str(error)):
        return f"{match[1]}: has a comma; -m makes a sweep of it, [...] a list{_hint_to_quote(match[1])}"
    is_group_without_name = re.search(r"Config group override (deletion )?(value )?must be a string", str(error))
    if is_group_without_name or (isinstance(error, TypeError) and _raised_by(error) == "hydra._internal.defaults_list"):
        return f"{_no_names(overrides)}: a group takes the name of one of its choices"
    if isinstance(error, OSError) and error.errno in CANNOT_BE_WRITTEN:
        return f"{error.filename or 'the run folder'}: cannot be written ({error.strerror})"
    cause = error.__cause__
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        return _unknown_key(cause, overrides)
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key}: must be set"
    if isinstance(error, InterpolationKeyError):
        return f"{error.full_key}: {_first_line(error)}"
    if isinstance(error, ConfigCompositionException) and (match := re.search(NO_SUCH_GROUP, str(error))):
        return _group_that_is_not_there(match[1], overrides)
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _first_line(error)
    if isinstance(error, ValueError) and "integer string conversion" in str(error):
        longest = max(overrides, key=lambda item: max(map(len, re.findall(r"\d+", item)), default=0))
        return f"{longest}: has more digits than any setting"
    return None


def name_setting(error: InstantiationException, references: References, settings: dict[str, Any]) -> Exception:
    """A failed instantiation as a mistake in a setting with its full path, if it is one, or as it is."""
    from lightning.fabric.utilities.exceptions import MisconfigurationException

    from qinr_lightning.memory import TooLarge

    cause = error.__cause__
    match = re.search(r"full_key: (\S+)", str(error))
    place = match[1] if match else ""
    if isinstance(cause, SettingError) and "." in cause.setting:
        return cause  # Named by its full path already.
    if isinstance(cause, SettingError):
        return SettingError(references.origin((*place.split("."), cause.setting)), cause.value, cause.allowed)
    if isinstance(cause, TooLarge):
        return _too_large(cause, tuple(place.split(".")), references, settings)
    if isinstance(cause, MisconfigurationException | ValueError) and place == "trainer":
        return _trainer_mistake(" ".join(str(cause).split()), settings["trainer"])
    return error


def _too_large(
    error: "TooLarge", place: tuple[str, ...], references: References, settings: dict[str, Any]
) -> SettingError:
    """The largest number of what was being built is likely to be the one to change."""
    node: Any = settings
    for name in place:
        node = node[name]
    sizes = {
        name: size
        for name, value in node.items()
        if name != "seed"
        for size in (value if isinstance(value, list) else [value])
        if isinstance(size, int)
    }
    name = max(sizes, key=lambda name: sizes[name], default=TARGET)
    return SettingError(references.origin((*place, name)), node[name], str(error))


def _trainer_mistake(message: str, arguments: dict[str, Any]) -> SettingError:
    """Lightning names the argument in its message, or else the accelerator is not there."""
    named = [name for name in re.findall(r"\w+", message) if name in arguments]
    name = named[0] if named else "accelerator"
    return SettingError(f"trainer.{name}", arguments[name], message)


def _unknown_choice(error: MissingConfigException) -> str:
    missing, options = error.missing_cfg_file or "", error.options
    group, _, choice = missing.rpartition("/")
    if missing.startswith("experiment/"):
        # Hydra takes the folders of this group for groups of their own.
        group, _, choice = missing.partition("/")
        options = experiments()
    if options is None:
        return _first_line(error)
    typed = f"{group}={choice}"
    if typed in NEW_EXPERIMENTS:
        return f"{typed}: {NEW_EXPERIMENTS[typed]}"
    return f"{typed}: no such choice; {closest(choice, [str(option) for option in options])}"


def _unknown_key(error: ConfigAttributeError | ConfigKeyError, overrides: list[str]) -> str:
    key = str(error.full_key)
    given = next((item for item in overrides if re.match(rf"[+~]*{re.escape(key)}[.=]", item)), key)
    parent = error.parent_node
    if key.startswith("trainer.") and str(error.key) in FIXED:
        return f"{given}: {stays_as_it_is(str(error.key))}"
    known = [str(name) for name in parent] if isinstance(parent, DictConfig) else []
    if not known and "." in key:
        holder = key.rpartition(".")[0]
        group = holder.rpartition(".")[2]
        advice = f"{group}=NAME chooses one"
        if not (config_folder() / group).is_dir():
            advice = f"'{holder}={{{error.key}:VALUE}}' gives it some"
        return f"{given}: no such setting as long as {holder} is null; {advice}"
    return f"{given}: no such setting; {closest(str(error.key), known)}"


def _group_that_is_not_there(group: str, overrides: list[str]) -> str:
    """A choice from a group that nothing brings: said is which typed choice leaves it out."""
    typed = dict(item.split("=", 1) for item in overrides if "=" in item)
    owner = next((owner for owner in BROUGHT_BY.get(group, ("model",)) if owner in typed), None)
    who = f"{owner}={typed[owner]} has" if owner else "this model and data set have"
    return f"{group}={typed.get(group, '')}: {who} no {group}"


def _raised_by(error: Exception) -> str:
    """Module that an error comes from."""
    frames = list(traceback.walk_tb(error.__traceback__))
    return str(frames[-1][0].f_globals["__name__"]) if frames else ""


def _no_names(overrides: list[str]) -> str:
    """What was typed that may be a group and is given no text."""
    typed = [item for item in overrides if "." not in item.split("=")[0]]
    no_text = [item for item in typed if not re.fullmatch(r"[^=]+=[\w/]*[A-Za-z_][\w/]*", item)]
    return " ".join(no_text or typed)


def _hint_to_quote(typed: str) -> str:
    """What to type where a value is text with =, brackets, commas or quotes in it."""
    setting, equals, value = typed.partition("=")
    if not equals or not value:
        return ""
    return f"; as text it is typed {shlex.quote(f'{setting}={quoted(value)}')}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
