"""The sides of a comparison: what each sets, and which classes they are compared on."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qinr_lightning.data.subset import find_label
from qinr_lightning.errors import SettingError
from qinr_lightning.settings import TrainingSettings, key_of, launcher_config, merged, refuse

SET_BY_COMPARISON = {
    "dataset.label": "labels=... says which classes",
    "seed": "seeds=... says which seeds",
    "resume": "the same command goes on with what is half trained",
    "overwrite": "overwrite=true belongs to the whole command",
    "trainer.fast_dev_run": "a comparison needs numbers",
    "hydra.sweep.": "out=... says where the runs are",
    "hydra.run.": "out=... says where the runs are",
    "hydra.mode": "a comparison is one command",
    "hydra/sweeper": "the comparison says what is run",
    "hydra.sweeper.": "the comparison says what is run",
}
"""Settings of runs that neither sides nor command lines set, and what does."""

OF_HYDRA = ("hydra.", "hydra/")


@dataclass(frozen=True)
class Side:
    """One of the systems that are compared."""

    name: str
    own: list[str]
    """What it alone sets."""
    settings: TrainingSettings
    """With what all sides have in common and what tuning has found."""
    tuning: dict[str, Any] | None = None
    """How many trials stand behind its settings, and in which study."""
    tuned: list[dict[str, Any]] = field(default_factory=list)
    """What its settings were tuned on before, as ``TunedOn``, classes by their names."""


@dataclass(frozen=True)
class Setup:
    """What a comparison is of, checked."""

    sides: list[Side]
    common: list[str]
    """Overrides that all sides have."""
    for_hydra: list[str]
    """Those that say how runs are launched."""
    classes: dict[int, str]
    """Names of the classes, by index."""


def set_up(
    described: Mapping[str, str | Sequence[str]],
    labels: str | Sequence[int | str],
    overrides: Sequence[str],
    typed: Sequence[str],
    folder: Path,
    tuned: Mapping[str, Sequence[str]] | None = None,
    tuning: Mapping[str, dict[str, Any]] | None = None,
) -> Setup:
    """Compose and check everything that is to be trained; nothing is written.

    Args:
        described: What each side sets: overrides, or one line of them as it would be typed.
        labels: Classes, by index or name; ``all`` is every class.
        overrides: What all sides have.
        typed: The same, in place of those for the same setting.
        folder: Of the comparison.
        tuned: Overrides that tuning has found for each side.
        tuning: What :attr:`Side.tuning` is.

    Raises:
        SettingError: For what cannot be compared like this.
    """
    for name in described:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            raise SettingError("sides", name, "the name of a side is of letters, digits and . _ -")
    refuse([*overrides, *typed], SET_BY_COMPARISON)
    given = merged(merged(["extractor=classifier"], overrides), typed)
    for_hydra = [item for item in given if item.lstrip("+~").startswith(OF_HYDRA)]
    common = [item for item in given if item not in for_hydra]
    sides = make_sides(described, common, tuned, tuning)
    launcher_config(for_hydra, folder)
    classes = find_classes(sides, labels)
    check_sides(sides, classes, folder)
    return Setup(sides, common, for_hydra, classes)


def overrides_of_sides(described: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """What each side sets, override by override."""
    return {name: shlex.split(given) if isinstance(given, str) else list(given) for name, given in described.items()}


def make_sides(
    described: Mapping[str, str | Sequence[str]],
    common: Sequence[str],
    tuned: Mapping[str, Sequence[str]] | None = None,
    tuning: Mapping[str, dict[str, Any]] | None = None,
) -> list[Side]:
    """Compose every side.

    Args:
        described: What each side sets: overrides, or one line of them as it would be typed.
        common: Overrides that all have.
        tuned: Overrides that tuning has found for each side.
        tuning: What :attr:`Side.tuning` is.

    Raises:
        SettingError: For settings that two of these set, or that are none of a side's.
    """
    sides = []
    for name, own in overrides_of_sides(described).items():
        refuse(own, SET_BY_COMPARISON)
        refuse(own, {prefix: "all sides have the same" for prefix in OF_HYDRA})
        refuse(common, {key_of(item): f"the side {name} sets it itself" for item in own})
        found = list((tuned or {}).get(name, []))
        refuse([*common, *own], {key_of(item): f"has been tuned for the side {name}" for item in found})
        sides.append(Side(name, own, TrainingSettings([*common, *own, *found]), (tuning or {}).get(name)))
    return sides


def find_classes(sides: Sequence[Side], labels: str | Sequence[int | str]) -> dict[int, str]:
    """Names of the classes by their index, in the order that was typed.

    Args:
        sides: All have the same data set.
        labels: Indices or names; ``all`` is every class.

    Raises:
        SettingError: For a class that is not there or is named twice, and for sides with different classes.
    """
    first, *others = [(side, tuple(side.settings.data().source.class_names)) for side in sides]
    for side, names in others:
        if names != first[1]:
            raise SettingError(f"sides.{side.name}", side.own, f"has other classes than {first[0].name}")
    names = first[1]
    if labels == "all":
        return dict(enumerate(names))
    indices = []
    for label in labels:
        try:
            index = find_label(label, names)
        except SettingError as error:
            raise SettingError("labels", label, error.allowed) from error
        if index is None:
            raise SettingError("labels", labels, "all stands alone, for every class by itself")
        indices.append(index)
    check_once("labels", indices)
    return {index: names[index] for index in indices}


def check_once(setting: str, values: Iterable[int]) -> None:
    """Refuse what is in a list twice.

    Raises:
        SettingError: Naming it.
    """
    values = list(values)
    for value in values:
        if values.count(value) > 1:
            raise SettingError(setting, value, "is named twice")


def check_sides(sides: Sequence[Side], classes: Mapping[int, str], folder: Path) -> None:
    """Look whether every side can be trained, and every class be trained on; leaves with one line where not.

    Args:
        sides: Composed.
        classes: Names by index.
        folder: Of the comparison; nothing is written.
    """
    first, *others = classes.values()
    for side in sides:
        side.settings.check(first, folder / "none")
    for label in others:
        sides[0].settings.check(label, folder / "none")
