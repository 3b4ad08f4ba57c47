"""What the settings of sides were tuned on before a comparison, and what it says about that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import ConfigDict
from typing_extensions import TypedDict

from qinr_lightning.comparison.sides import Setup, Side
from qinr_lightning.data.subset import find_label
from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import PositiveInt
from qinr_lightning.seeding import Seed


class TunedOn(TypedDict):
    """Data that settings were chosen by."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    dataset: Annotated[str, MinLen(1)]
    """As in ``dataset=...``."""
    labels: Annotated[list[int | str], MinLen(1)]
    """Classes."""
    seeds: Annotated[list[Seed], MinLen(1)]
    trials: PositiveInt | None
    """How many settings were tried; None where nobody has counted."""


def with_tuned(setup: Setup, tuned: Mapping[str, Sequence[TunedOn]]) -> Setup:
    """The setup, its sides with what they were tuned on; sides that a tuning of their own stands behind need none.

    Raises:
        SettingError: For a class that the data set of the comparison, where it is the same, does not have.
    """
    return replace(
        setup,
        sides=[
            replace(side, tuned=[_named(side, on) for on in tuned.get(side.name, [])]) if side.tuning is None else side
            for side in setup.sides
        ],
    )


def _named(side: Side, on: TunedOn) -> dict[str, Any]:
    """Classes by their names, where these are known."""
    if on["dataset"] != side.settings.choices["dataset"]:
        return {**on, "labels": list(map(str, on["labels"]))}
    names = tuple(side.settings.data().source.class_names)
    labels = []
    for label in on["labels"]:
        try:
            index = find_label(label, names)
        except SettingError as error:
            raise SettingError(f"tuned.{side.name}.labels", label, error.allowed) from error
        labels += list(names) if index is None else [names[index]]
    return {**on, "labels": labels}


def fairness(setup: Setup) -> dict[str, Any]:
    """Whether all sides have been tuned alike, and why it is so."""
    sides = setup.sides
    budgets = {side.name: trials_of(side) for side in sides}
    if not any(side.tuning or side.tuned for side in sides):
        why = "No tuning was given to this comparison: each side has the settings that it comes with."
        return {"equal_tuning": True, "why": why}
    equal = len(set(budgets.values())) == 1 and None not in budgets.values()
    if not any(side.tuned for side in sides):
        if equal:
            why = f"{budgets[sides[0].name]} tuning trials stand behind each side, on data not compared here."
            return {"equal_tuning": True, "why": why}
        each = ", ".join(f"{name} {n}" for name, n in budgets.items())
        return {"equal_tuning": False, "why": f"Unequal budgets of tuning trials: {each}. This comparison is not fair."}
    lines = [f"Tuned before this comparison: {'; '.join(map(_described, sides))}.", *_reported(setup)]
    if not equal:
        lines.append("The budgets of trials are not equal: this comparison is not fair.")
    return {"equal_tuning": equal, "why": " ".join(lines)}


def trials_of(side: Side) -> int | None:
    """Tuning trials behind a side's settings; None where nobody has counted."""
    if side.tuning is not None:
        return int(side.tuning["trials"])
    counts = [on["trials"] for on in side.tuned]
    return None if None in counts else sum(counts)


def _described(side: Side) -> str:
    if side.tuning is not None:
        return f"{side.name} {side.tuning['trials']} trials on data not compared here"
    said = [
        f"{on['trials'] or 'uncounted'} trials on {on['dataset']} "
        f"{', '.join(on['labels'])} (seed{'s' if len(on['seeds']) > 1 else ''} {', '.join(map(str, on['seeds']))})"
        for on in side.tuned
    ]
    return f"{side.name} {' and '.join(said) or 'none given'}"


def _reported(setup: Setup) -> list[str]:
    """Which of the classes that are reported some side was tuned on."""
    dataset = setup.sides[0].settings.choices["dataset"]
    found = {
        side.name: [
            name
            for name in setup.classes.values()
            if any(on["dataset"] == dataset and name in on["labels"] for on in side.tuned)
        ]
        for side in setup.sides
    }
    each = [f"{side} was tuned on {', '.join(names)}" for side, names in found.items() if names]
    return [f"Of the classes that are reported here, {'; '.join(each)}."] if each else []
