"""Where a setting's value comes from: configurations refer to their own values as ``${model.latent_dim}``."""

import re
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

Path = tuple[str, ...]


class References:
    """The references of a composed configuration.

    Args:
        config: Composed configuration, not resolved.
    """

    def __init__(self, config: DictConfig) -> None:
        self._targets = dict(_references(OmegaConf.to_container(config, resolve=False), ()))
        self._top_level = {str(name) for name in config}

    def origin(self, path: Path) -> str:
        """The dotted path under which a user sets what is found at ``path``.

        ``model.decoder.circuit.n_qubits`` is set as ``circuit.n_qubits``, because the model's decoder is ``${decoder}``
        and that one's circuit is ``${circuit}``.
        """
        for length in range(1, len(path) + 1):
            if path[:length] in self._targets:
                return self.origin((*self._targets[path[:length]], *path[length:]))
        return ".".join(path)

    def unused(self, used: set[str]) -> list[str]:
        """Top-level settings that neither are in ``used`` nor are referred to, directly or not, by those that are."""
        pending, reached = set(used), set()
        while pending:
            name = pending.pop()
            reached.add(name)
            pending |= {target[0] for path, target in self._targets.items() if path[0] == name} - reached
        return sorted(self._top_level - reached)


def _references(node: Any, path: Path) -> Iterator[tuple[Path, Path]]:
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _references(value, (*path, str(key)))
    elif isinstance(node, str) and (match := re.fullmatch(r"\$\{([\w.]+)\}", node)):
        yield path, tuple(match[1].split("."))


def all_of(name: str, node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every setting of this name below a node, with its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield (*path, key), value
            yield from all_of(name, value, (*path, key))


def followed(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with every ``${a.b}`` replaced by what it refers to; other references stay as they are written."""
    return {key: _followed(value, settings, 0) for key, value in settings.items()}


def _followed(node: Any, settings: dict[str, Any], n_steps: int) -> Any:
    if isinstance(node, dict):
        return {key: _followed(value, settings, n_steps) for key, value in node.items()}
    if isinstance(node, list):
        return [_followed(value, settings, n_steps) for value in node]
    match = re.fullmatch(r"\$\{([\w.]+)\}", node) if isinstance(node, str) else None
    if match is None or n_steps > 20:
        return node
    found: Any = settings
    for key in match[1].split("."):
        if not isinstance(found, dict) or key not in found:
            return node
        found = found[key]
    return _followed(found, settings, n_steps + 1)
