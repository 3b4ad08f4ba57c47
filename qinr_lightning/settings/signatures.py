"""Check a composed configuration against the signatures of what it builds.

What a setting may be is written once, in the constructor it belongs to: its annotation (``int``, a ``Literal``, an
``Annotated`` range) is compared with the configured value before anything is built.
"""

import difflib
import inspect
import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, get_type_hints

from hydra.utils import get_object
from pydantic import ConfigDict, TypeAdapter, ValidationError

from qinr_lightning.errors import SettingError
from qinr_lightning.settings import trainer
from qinr_lightning.settings.references import References

TARGET = "_target_"


def check_values(config: dict[str, Any], references: References) -> list[SettingError]:
    """Find settings whose value does not fit.

    Args:
        config: Resolved configuration as plain dicts and lists.
        references: Which of its values are taken from where.

    Returns:
        The mistakes, in the order of the configuration, each setting named once with the path under which it is set.
    """
    mistakes: dict[str, SettingError] = {}
    for error in _walk(config, (), references):
        mistakes.setdefault(error.setting, error)
    return list(mistakes.values())


def closest(name: str, known: Collection[str]) -> str:
    """What is allowed in place of a misspelt name, as the end of a sentence."""
    known = [choice for choice in known if choice != TARGET]
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    known_list = ", ".join(sorted(known))
    return f"did you mean {matches[0]}? Known here: {known_list}" if matches else f"known here: {known_list}"


def _walk(node: Any, path: tuple[str, ...], references: References) -> Iterator[SettingError]:
    if isinstance(node, dict):
        if TARGET in node:
            yield from _check_call(node, path, references)
        for key, value in node.items():
            yield from _walk(value, (*path, key), references)


def _check_call(node: dict[str, Any], path: tuple[str, ...], references: References) -> Iterator[SettingError]:
    target, place = node[TARGET], references.origin((*path, TARGET))
    if not isinstance(target, str) or not target:
        yield SettingError(place, target, "must be the name of a class or function, as my_module.MyClass")
        return
    try:
        built = get_object(target)
        signature = inspect.signature(built)
    except (ImportError, TypeError, ValueError) as error:
        yield SettingError(place, target, f"cannot be imported as a class or function ({str(error).splitlines()[0]})")
        return
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    hints = _hints(built)
    given = {key: value for key, value in node.items() if not (key.startswith("_") and key.endswith("_"))}
    for key, value in given.items():
        setting = references.origin((*path, key))
        if key not in signature.parameters:
            if not takes_any:
                yield SettingError(setting, value, f"no such setting; {closest(key, signature.parameters)}")
        elif (
            key in hints
            and not _is_built(value)
            and (
                # Lightning's own defaults are for other ways to train.
                _is_trainer(built) or not _is_same(value, signature.parameters[key].default)
            )
        ):
            yield from check_value(setting, value, hints[key])
    for key, parameter in signature.parameters.items():
        if (
            parameter.default is parameter.empty
            and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            and key not in given
        ):
            yield SettingError(references.origin((*path, key)), "???", "must be set")


def _is_trainer(built: Callable[..., Any]) -> bool:
    """By its name, so that what trains nothing need not import Lightning."""
    return f"{built.__module__}.{getattr(built, '__qualname__', '')}" == "lightning.pytorch.trainer.trainer.Trainer"


def _hints(built: Callable[..., Any]) -> dict[str, Any]:
    if _is_trainer(built):
        return trainer.annotations()
    try:
        return get_type_hints(built.__init__ if inspect.isclass(built) else built, include_extras=True)
    except NameError:
        return {}  # Somebody else's, with annotations for type checkers alone.


def _is_built(value: Any) -> bool:
    """Whether instantiation turns the value into an object before the call."""
    return isinstance(value, dict) and TARGET in value


def _is_same(value: Any, default: Any) -> bool:
    """Whether a value is the default; true is not the same as 1."""
    return type(value) is type(default) and bool(value == default)


def check_value(setting: str, value: Any, hint: Any) -> Iterator[SettingError]:
    """The mistake in a value, if it is one, by the annotation of what it is for."""
    adapter = TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False))
    try:
        # As JSON, so that a list may stand for a tuple but the text "8" does not pass as a number.
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        reasons = dict.fromkeys(_in_our_words(detail["type"], detail["msg"]) for detail in details)
        reasons.pop(_BUILT, None)
        said = " or ".join(reasons or [_BUILT]).replace(" or must be ", " or ")
        if any(detail["type"] == "string_type" for detail in details) and isinstance(value, int | float):
            said += f"; as text it is typed '{setting}=\"{value}\"'"
        yield SettingError(setting, value, said)


_BUILT = "must be built from a _target_"


def _in_our_words(kind: str, message: str) -> str:
    if kind == "missing":
        return "has too few values"
    if kind in ("is_instance_of", "needs_python_object"):
        return _BUILT
    return re.sub(r"^\w+ should ", "must ", message.removeprefix("Value error, "))
