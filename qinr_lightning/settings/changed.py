"""Which settings of a run are not the ones its data set and model come with."""

from functools import lru_cache
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import ConfigCompositionException, HydraException
from omegaconf import DictConfig, OmegaConf

from qinr_lightning.runs import SHOWN_ONLY

TRAIN = "train"
"""Configuration of the train command."""
_OWN_SEEDS = ("dataset.seed", "model.seed")
"""Those of parts of a run, which are the run's unless they are set."""
_SAME_EXPERIMENT = (
    *(f"callbacks.{name}." for name in SHOWN_ONLY), "dataset.label", "dataset.source.download",
    "dataset.source.root", "dataset_circuit", "dataset_decoder", "dataset_init", "dataset_model", "experiment",
    "extractor", "hydra", "logger", "model_recipe", "overwrite", "paths", "resume", "seed",
)  # fmt: skip
"""Settings and groups that say where, which class, which seed and what is recorded or shown."""


def choices() -> dict[str, str]:
    """What the present job has chosen from each group of the configuration."""
    return {group: choice for group, choice in _choices(HydraConfig.get()).items() if choice is not None}


def changed_settings(config: DictConfig) -> dict[str, Any]:
    """What differs from ``dataset=... model=...`` alone, as it would be typed: other choices, then other values.

    Empty for the paper's own settings, whichever class and seed; a setting that is not there any more is None.

    Args:
        config: Composed configuration of a running job of the train command, before anything is built from it.
    """
    return _changed(HydraConfig.get().job.config_name, choices(), _flat(config))


def changed_by(experiment: str, dataset: str, model: str) -> dict[str, Any] | None:
    """The same of ``experiment=... dataset=... model=...``, as the train command has it today.

    None where there is no such experiment, or it does not go together with them.

    Args:
        experiment: Choice from the group, such as ``plus/ae``.
        dataset: Choice of the data set.
        model: Choice of the model.
    """
    try:
        chosen, given = _composed(TRAIN, [f"experiment={experiment}", f"dataset={dataset}", f"model={model}"])
    except HydraException:
        return None
    return _changed(TRAIN, {group: choice for group, choice in chosen.items() if choice is not None}, given)


def _changed(name: str | None, chosen: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
    base = [f"{group}={chosen[group]}" for group in ("dataset", "model")]
    groups = _others(chosen, _choices_with(name, base))
    for group in list(groups):
        rest = {other: choice for other, choice in groups.items() if other != group}
        if _choices_with(name, [*base, *_typed(name, base, rest)]).get(group) == groups[group]:
            groups = rest  # Another choice brings this one.
    # What another choice brings may have been replaced by what is usual.
    groups |= _others(chosen, _choices_with(name, [*base, *_typed(name, base, groups)]))
    _, usual = _composed(name, [*base, *_typed(name, base, groups)])
    given = {**given, **{key: usual.get(key) for key in _OWN_SEEDS if key in given and given[key] == given.get("seed")}}
    keys = [key for key in {**usual, **given} if not key.startswith(_SAME_EXPERIMENT)]
    return {**groups, **{key: given.get(key) for key in keys if given.get(key) != usual.get(key)}}


def _others(chosen: dict[str, str], usual: dict[str, str | None]) -> dict[str, str]:
    return {
        group: choice
        for group, choice in chosen.items()
        if choice != usual.get(group) and not group.startswith(_SAME_EXPERIMENT)
    }


def _typed(name: str | None, base: list[str], groups: dict[str, str]) -> list[str]:
    """Choices as they would be typed: with a + where neither the command nor another choice asks for the group."""
    asked_for = _choices_with(name, base)
    overrides = [f"{group}={choice}" for group, choice in groups.items() if group in asked_for]
    with_them = _choices_with(name, [*base, *overrides])
    for group, choice in groups.items():
        if group not in asked_for:
            overrides.append(f"{'' if group in with_them else '+'}{group}={choice}")
    return overrides


def _choices_with(name: str | None, overrides: list[str]) -> dict[str, str | None]:
    """What is chosen from each group with these overrides; nothing where they do not go together."""
    try:
        return _composed(name, overrides)[0]
    except ConfigCompositionException:
        return {}


def _composed(name: str | None, overrides: list[str]) -> tuple[dict[str, str | None], dict[str, Any]]:
    """Choices and settings with these overrides."""
    # Composing takes longer than a batch of training, and the jobs of a sweep ask for the same again and again.
    folders = str(GlobalHydra.instance().config_loader().get_search_path())
    return _composed_from(folders, name, tuple(overrides))


@lru_cache(maxsize=128)
def _composed_from(
    folders: str, name: str | None, overrides: tuple[str, ...]
) -> tuple[dict[str, str | None], dict[str, Any]]:
    config = compose(name, list(overrides), return_hydra_config=True)
    chosen = _choices(config.hydra)
    settings = {key: node for key, node in config.items_ex(resolve=False) if key != "hydra"}
    return chosen, _flat(OmegaConf.create(settings))


def _choices(hydra_config: Any) -> dict[str, str | None]:
    """Of every group that is asked for; None where nothing is chosen from it."""
    chosen = hydra_config.runtime.choices
    return {group: name for group, name in chosen.items() if not group.startswith("hydra")}


def _flat(config: DictConfig) -> dict[str, Any]:
    """Leaves by their dotted path, references left as they are: what they refer to is listed itself."""
    return dict(_leaves(OmegaConf.to_container(config, resolve=False), ""))


def _leaves(node: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [leaf for key, value in node.items() for leaf in _leaves(value, f"{path}.{key}" if path else str(key))]
    return [(path, node)]
