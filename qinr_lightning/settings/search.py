"""What is searched when a choice of the configuration is tuned: ``conf/search/GROUP/CHOICE.yaml``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from hydra_plugins.optuna_study import search_space
from qinr_lightning.errors import SettingError
from qinr_lightning.settings.messages import leaving_on_mistakes

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

SEARCHED_GROUPS = ("decoder", "generator", "circuit")
"""Groups whose choices have a search space; what a later one says counts."""


@dataclass(frozen=True)
class SearchSpace:
    """What is searched for a system."""

    declared: dict[str, str]
    """By setting, as Hydra writes sweeps: ``tag(log,interval(1e-4,1e-2))``."""
    distributions: dict[str, "BaseDistribution"]
    """As Optuna has it."""


def search_space_of(choices: Mapping[str, str], fixed: Collection[str] = ()) -> SearchSpace:
    """What is declared to be searched for some choices; leaves with one line where a file is wrong.

    The files are looked for in the folders that the command's configuration comes from, ``--config-dir`` included.

    Args:
        choices: The chosen file of each group.
        fixed: Settings that are not searched.

    Raises:
        SettingError: For a choice without a file.
    """
    declared: dict[str, str] = {}
    for group in SEARCHED_GROUPS:
        choice = choices.get(group)
        if choice is None:
            continue
        file = f"search/{group}/{choice}"
        if choice not in GlobalHydra.instance().config_loader().get_group_options(f"search/{group}"):
            raise SettingError(group, choice, f"has no search space; it is declared in a file {file}.yaml")
        with leaving_on_mistakes([]):
            node: Any = OmegaConf.to_container(compose(file))
            declared |= {str(name): str(value) for name, value in node["search"][group].items()}
    declared = {name: value for name, value in declared.items() if name not in fixed}
    lines = [f"{name}={value}" for name, value in declared.items()]
    with leaving_on_mistakes(lines):
        return SearchSpace(declared, search_space(lines)[1])
