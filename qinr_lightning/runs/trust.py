"""What may be built from the data of a run folder: folders come from strangers, too.

A description names classes (``_target_``), functions of a circuit (``function``) and PennyLane devices. What this
package exports is built. What is of another module runs code that nobody here has read; it is built only

- where the description carries the signature of this user: then it is the one that this user's own training command was
  given, letter by letter; or
- where the command names the module: ``trust=my_package``.
"""

import hashlib
import hmac
import importlib
import inspect
import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from qinr_lightning.errors import SettingError

ROOMS = ("data", "models", "networks", "objectives", "optimization", "quantum")
"""Where the classes are exported that a description may name."""
DEVICES = ("default", "lightning")
"""PennyLane's own devices, which compute on this machine, begin so."""
Trust = str | Collection[str]
"""Names of modules, or one name."""
ANY = "*"
INSTRUCTIONS = frozenset({"_args_", "_convert_", "_partial_", "_recursive_"})
"""What Hydra would obey beside ``_target_``; no description of ours has them."""


def check_trusted(description: Mapping[str, Any], place: str | Path, setting: str, trust: Trust) -> None:
    """Look whether a description may be built.

    Args:
        description: What ``hydra.utils.instantiate`` is to build from, as plain Python.
        place: The folder or file that it is from, for the message.
        setting: What the place is called where it comes from.
        trust: Modules that the command lets run; :data:`ANY` stands for all.

    Raises:
        SettingError: For what is of another module than this package's and those; for a reference ``${...}``, which
            could read the environment; for instructions to Hydra that no description needs.
    """
    allowed = {trust} if isinstance(trust, str) else set(trust)
    for path, value in _leaves(description, ()):
        name = ".".join(path)
        if "${" in name or (isinstance(value, str) and "${" in value):
            raise SettingError(setting, place, f"{name} is the reference {value}, which is not followed")
        if not INSTRUCTIONS.isdisjoint(path):
            raise SettingError(setting, place, f"{name} has no place in a description")
        module = _foreign(path, value)
        if module is not None and not allowed & {module, ANY}:
            raise SettingError(
                setting,
                place,
                f"its {name} is {value}, which is not of this package; if you know what it does, add trust={module}",
            )


def is_signed(description: Mapping[str, Any], signature: Any) -> bool:
    """Whether a signature is this user's, and of this description."""
    expected = sign(description)
    return expected is not None and isinstance(signature, str) and hmac.compare_digest(signature, expected)


def sign(description: Mapping[str, Any]) -> str | None:
    """This user's signature of a description; None where there is no place to keep a key."""
    key = _key()
    if key is None:
        return None
    content = json.dumps(description, sort_keys=True, default=str)
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def _foreign(path: Collection[str], value: Any) -> str | None:
    """The module that a value would let run, where it is not this package's own."""
    if "_target_" in path and value not in own_classes():
        return str(value).partition(".")[0]
    if "function" in path and value is not None:
        return str(value).partition(":")[0].partition(".")[0]
    if "device" in path and value is not None and str(value).partition(".")[0] not in DEVICES:
        return str(value).partition(".")[0]
    return None


@lru_cache
def own_classes() -> frozenset[str]:
    """Dotted names of the classes that this package lets a description name."""
    return frozenset(_own_classes())


def _own_classes() -> Iterator[str]:
    for room in ROOMS:
        module = importlib.import_module(f"qinr_lightning.{room}")
        for name in getattr(module, "__all__", vars(module)):
            found = getattr(module, name)
            if inspect.isclass(found) and found.__module__.startswith("qinr_lightning."):
                yield f"qinr_lightning.{room}.{name}"


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from _leaves(value, (*path, str(number)))
    else:
        yield path or ("",), node


@lru_cache
def _key() -> bytes | None:
    """A secret of this user, made when it is first asked for."""
    path = Path(os.environ.get("QINR_CACHE_DIR") or "~/.cache/qinr_lightning").expanduser() / "signing_key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            mine = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            with open(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
            with suppress(FileExistsError):
                os.link(mine, path)  # Whoever comes first; never half a key.
            mine.unlink()
        key = path.read_bytes()
    except (OSError, RuntimeError):
        return None
    return key if len(key) == 32 else None
