"""Ranges of settings, as annotations of constructors: what a number may be, with limits that no computer laughs at.

The commands check a configuration against them before anything is built. The upper limits are far above what anybody
trains and far below what overflows or never ends; what the memory there is sets is checked where it is used.
"""

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len, Lt, MaxLen, MinLen

MANY = 1_000_000

PositiveInt = Annotated[int, Ge(1), Le(MANY)]
"""Images, epochs, steps."""
NaturalInt = Annotated[int, Ge(0), Le(MANY)]
"""The same where there may be none."""
PositiveFloat = Annotated[float, Gt(0), Le(MANY)]
"""Weights and scales that must not vanish."""
NonNegativeFloat = Annotated[float, Ge(0), Le(MANY)]
"""Weights of terms of a loss, nats, slopes."""
Fraction = Annotated[float, Ge(0), Le(1)]
"""Shares and probabilities."""
BelowOne = Annotated[float, Ge(0), Lt(1)]
"""Decay rates."""
LearningRate = Annotated[float, Gt(0), Le(10)]
"""Of an optimizer."""

ParameterCount = Annotated[int, Ge(1), Le(200 * MANY)]
"""Parameters of a network."""
WIDEST = 2**16
Width = Annotated[int, Ge(1), Le(WIDEST)]
"""Outputs of a layer."""
Widths = Annotated[Sequence[Width], MaxLen(64)]
"""Outputs of layers, one after the other."""
Channels = Annotated[Sequence[Width], Len(1, 16)]
"""Of convolutions, each of which halves the image."""
Pixels = Annotated[int, Ge(1), Le(4096)]
"""Height or width of an image, or its channels."""
ImageShape = Annotated[Sequence[Pixels], Len(3, 3)]
"""``(channels, height, width)``."""

Place = Annotated[str, MinLen(1)]
"""A file or folder."""

Qubits = Annotated[int, Ge(1), Le(48)]
"""Of a circuit; what fits in memory is checked where it is simulated."""
Layers = Annotated[int, Ge(1), Le(64)]
"""Layers, encodings or blocks of a circuit."""
