"""Widths of layers that meet a number of parameters."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from qinr_lightning.errors import SettingError
from qinr_lightning.ranges import WIDEST

T = TypeVar("T")

TOLERANCE = 0.02
"""How far the number of parameters may be from the one that was asked for, as a share of it."""


def meet(n_parameters: int, choices: Iterable[tuple[T, int]]) -> T:
    """The first choice that meets a number of parameters within 2 %.

    Args:
        n_parameters: Wanted.
        choices: Each with the number of parameters it gives, the best first.

    Raises:
        SettingError: Where none does, with the nearest number that there is.
    """
    others = []
    for choice, n_actual in choices:
        if abs(n_actual - n_parameters) <= TOLERANCE * n_parameters:
            return choice
        others.append(n_actual)
    nearest = min(others, key=lambda n_actual: abs(n_actual - n_parameters))
    raise SettingError("n_parameters", n_parameters, f"cannot be met within 2 %; the nearest is {nearest}")


def nearest_width(n_parameters: int, of_one: int, of_two: int) -> int:
    """The width with which the number of parameters is nearest to ``n_parameters``, where it grows evenly.

    Args:
        n_parameters: Wanted.
        of_one: Number of parameters with a width of 1.
        of_two: With a width of 2.
    """
    return max(1, 1 + round((n_parameters - of_one) / (of_two - of_one)))


def pairs_of_widths(
    n_parameters: int,
    count: Callable[[int, int], int],
    embedding_dim: int | None,
    width: int | None,
    units: int = 1,
) -> Iterator[tuple[tuple[int, int], int]]:
    """Widths of an embedding and of layers near a number of parameters, with that number, the most alike first.

    Args:
        n_parameters: Wanted.
        count: Number of parameters by the embedding's width, with which it grows evenly, and the layer's.
        embedding_dim: The first width, where it is given.
        width: The second one, where it is given.
        units: How many of the embedding one of the layer is like: an angle is like one, a circuit like all its angles.
    """
    pairs: list[tuple[int, int]] = []
    for layer in range(1, min(n_parameters, WIDEST) + 1) if width is None else (width,):
        nearest = nearest_width(n_parameters, count(1, layer), count(2, layer))
        pairs.append((nearest if embedding_dim is None else embedding_dim, layer))
        if count(embedding_dim or 1, layer) > n_parameters:
            break  # Wider layers have more still.
    pairs.sort(key=lambda pair: (abs(pair[0] - units * pair[1]), abs(count(*pair) - n_parameters)))
    return ((pair, count(*pair)) for pair in pairs)
