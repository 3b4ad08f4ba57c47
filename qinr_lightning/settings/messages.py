"""Say what is wrong with a command line in one line."""

import re

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    InstantiationException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, InterpolationKeyError, OmegaConfBaseException

from qinr_lightning.errors import SettingError
from qinr_lightning.settings.signatures import closest, shown_path


def explain(error: Exception, overrides: list[str]) -> str | None:
    """One line for a mistake of the user; None for an error of ours, which deserves its traceback.

    Args:
        error: What Hydra, OmegaConf or this package raised.
        overrides: The command line.
    """
    if isinstance(error, SettingError):
        return str(error)
    if isinstance(error, InstantiationException):
        # The settings have been checked; what fails while building is a mistake of ours unless it says otherwise.
        return explain(error.__cause__, overrides) if isinstance(error.__cause__, SettingError) else None
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OverrideParseException):
        return f"{error.override}: cannot be read as setting=value"
    cause = error.__cause__
    if isinstance(cause, ConfigAttributeError | ConfigKeyError):
        return _unknown_key(cause, overrides)
    if isinstance(error, InterpolationKeyError):
        return f"{error.full_key}: {_first_line(error)}"
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _first_line(error)
    return None


def name_setting(error: InstantiationException, config: DictConfig) -> Exception:
    """The cause of a failed instantiation, with its setting's full path where the cause names a setting."""
    cause = error.__cause__
    match = re.search(r"full_key: (\S+)", str(error))
    if isinstance(cause, SettingError) and match and "." not in cause.setting:
        path = shown_path((*match[1].split("."), cause.setting), [str(key) for key in config])
        return SettingError(path, cause.value, cause.allowed)
    return error


def _unknown_choice(error: MissingConfigException) -> str:
    group, _, choice = (error.missing_cfg_file or "").rpartition("/")
    if error.options is None:
        return _first_line(error)
    return f"{group}={choice}: no such choice; {closest(choice, [str(option) for option in error.options])}"


def _unknown_key(error: ConfigAttributeError | ConfigKeyError, overrides: list[str]) -> str:
    key = str(error.full_key)
    given = next((item for item in overrides if item.lstrip("+~").split("=")[0] == key), key)
    parent = error.parent_node
    known = [str(name) for name in parent] if isinstance(parent, DictConfig) else []
    return f"{given}: no such setting; {closest(str(error.key), known)}"


def _first_line(error: Exception) -> str:
    if isinstance(error, ConfigCompositionException) and "No match in the defaults list" in str(error):
        match = re.search(r"Could not override '([^']+)'", str(error))
        return f"{match[1] if match else ''}: this model and data set have no such group"
    return str(error).strip().splitlines()[0]
