"""Which settings of a run are not the ones its data set and model come with."""

from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

_SAME_EXPERIMENT = ("callbacks.", "dataset.label", "dataset.seed", "dataset.source.", "extractor", "hydra.", "logger.",
                    "model.seed", "paths.", "resume", "seed")  # fmt: skip
"""Settings that say where, which class, which seed and what is recorded."""


def changed_settings(config: DictConfig) -> dict[str, Any]:
    """Settings, by the path under which they are set, that differ from ``dataset=... model=...`` alone.

    Empty for the paper's own settings, whichever class and seed; a setting that only the default has is None.

    Args:
        config: Composed configuration of a running job of the train command, before anything is built from it.
    """
    chosen = choices()
    default = compose(HydraConfig.get().job.config_name, [f"{group}={chosen[group]}" for group in ("dataset", "model")])
    given, usual = _flat(config), _flat(default)
    names = [name for name in {**usual, **given} if not name.startswith(_SAME_EXPERIMENT)]
    return {name: given.get(name) for name in names if given.get(name) != usual.get(name)}


def choices() -> dict[str, str]:
    """What the present job has chosen from each group of the configuration."""
    chosen = HydraConfig.get().runtime.choices
    return {group: name for group, name in chosen.items() if not group.startswith("hydra") and name is not None}


def _flat(config: DictConfig) -> dict[str, Any]:
    """Leaves by their dotted path, references left as they are: what they refer to is listed itself."""
    return dict(_leaves(OmegaConf.to_container(config, resolve=False), ""))


def _leaves(node: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in _leaves(value, f"{path}.{key}" if path else str(key))]
    return [(path, node)]
