"""What stands side by side in a report: on each data set, the runs of one system with the same settings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.notes import describe
from qinr_lightning.reporting.table import Cell


@dataclass(frozen=True)
class Group:
    """Runs of one system with the same settings, which differ in class and seed."""

    name: str
    """The system and what tells it from the others beside it."""
    runs: list[Run]

    @property
    def system(self) -> str:
        return self.runs[0].system

    @property
    def variant(self) -> str:
        """The changed settings in words; empty for those that data set and model come with."""
        return self.runs[0].variant

    @property
    def title(self) -> str:
        """The system and all of its changed settings."""
        return f"{self.system}, {self.variant}" if self.variant else self.system

    def values(self, label: str, metric: str) -> dict[int, float]:
        """A metric of a class, by seed."""
        return {seed: run.metrics[metric] for seed, run in self.of_class(label, metric).items()}

    def of_class(self, label: str, metric: str) -> dict[int, Run]:
        """Runs of a class that have a metric, by seed."""
        return {run.seed: run for run in self.runs if run.label == label and metric in run.metrics}

    def over_seeds(self, labels: Sequence[str], metric: str) -> list[Cell]:
        """A metric of each class, over seeds; a gap where no run has it."""
        return [Cell.over_seeds(list(self.values(label, metric).values())) for label in labels]

    def shown(self) -> dict[str, Run]:
        """Of each class the run with the lowest seed, whose images are shown."""
        of_class = {run.label: run for run in sorted(self.runs, key=lambda run: -run.seed)}
        return {run.label: run for run in in_order(list(of_class.values()))}


@dataclass(frozen=True)
class Bench:
    """Groups on the same data: a model of each class, or one of all classes."""

    dataset: str
    joint: bool
    """One model of all classes."""
    key: str
    """For names of files and places on the page."""
    groups: list[Group]
    """Those with the fewest changed settings first."""
    common: str
    """Changed settings that all of them share, in words."""

    @property
    def title(self) -> str:
        return f"{describe(self.runs)}{', one model of all classes' if self.joint else ''}"

    @property
    def runs(self) -> list[Run]:
        return [run for group in self.groups for run in group.runs]

    @property
    def labels(self) -> list[str]:
        """Classes in the order of the data set."""
        return list(dict.fromkeys(run.label for run in in_order(self.runs)))


def benches(runs: Sequence[Run]) -> list[Bench]:
    """Runs as they can be compared, by the names of the data sets."""
    kinds: dict[tuple[str, bool], dict[tuple[str, str], list[Run]]] = {}
    for run in runs:
        kind = kinds.setdefault((run.dataset, run.label == "all"), {})
        kind.setdefault((run.system, run.variant), []).append(run)
    keys: set[str] = set()
    return [
        _bench(dataset, joint, unused(slug(f"{dataset}{' all classes' if joint else ''}"), keys), list(kind.values()))
        for (dataset, joint), kind in sorted(kinds.items())
    ]


def _bench(dataset: str, joint: bool, key: str, alike: list[list[Run]]) -> Bench:
    settings = [set(runs[0].settings.items()) for runs in alike]
    common = set.intersection(*settings) if len(alike) > 1 else set()
    short = last_parts({name for of_group in settings for name, _ in of_group - common})
    systems = {runs[0].system for runs in alike}
    groups = []
    for runs in sorted(alike, key=lambda runs: (len(runs[0].settings), runs[0].system, runs[0].variant)):
        own = [f"{short[name]}={value}" for name, value in runs[0].settings.items() if (name, value) not in common]
        if runs[0].experiment is not None:
            own = [runs[0].variant]
        # What all systems have in common tells none of them from the others.
        groups.append(Group(", ".join(own if own and len(systems) == 1 < len(alike) else [runs[0].system, *own]), runs))
    in_common = ", ".join(f"{name}={value}" for name, value in sorted(common))
    return Bench(dataset, joint, key, _named_as_sides(groups), in_common)


def _named_as_sides(groups: Sequence[Group]) -> list[Group]:
    """Groups that are a side of a comparison by its name, where no other group beside it would have the same."""
    sides = [group.runs[0].side if len({run.side for run in group.runs}) == 1 else None for group in groups]
    taken = [*sides, *(group.name for group, side in zip(groups, sides, strict=True) if side is None)]
    return [
        replace(group, name=side) if side is not None and taken.count(side) == 1 else group
        for group, side in zip(groups, sides, strict=True)
    ]


def last_parts(names: set[str]) -> dict[str, str]:
    """Settings without the groups that they are in, where that leaves no two alike."""
    last = {name: re.split(r"[./]", name)[-1] for name in names}
    return {name: part if list(last.values()).count(part) == 1 else name for name, part in last.items()}


def in_order(runs: Sequence[Run]) -> list[Run]:
    """By class, as the data set has them."""
    return sorted(runs, key=lambda run: run.metrics["dataset/label"])


def slug(text: str, longest: int = 60) -> str:
    """A name for a file, of as many whole words as there is room for."""
    name = "_".join(re.findall(r"[a-z0-9]+", text.lower()))
    cut = name[: longest + 1].rpartition("_")[0] if len(name) > longest else name
    return cut or name[:longest] or "unnamed"


def unused(name: str, names: set[str]) -> str:
    """The name, numbered where another has it already; noted among ``names``."""
    number = 1
    while (found := name if number == 1 else f"{name}_{number}") in names:
        number += 1
    names.add(found)
    return found
