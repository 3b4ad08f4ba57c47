"""Time several functions in turn, so that a machine that speeds up or slows down does so for all of them."""

import statistics
import time
from collections.abc import Callable


def medians(functions: dict[str, Callable[[], object]], rounds: int = 30, warmup: int = 3) -> dict[str, float]:
    """Median seconds of each function over ``rounds`` rounds A B C A B C ..., after ``warmup`` rounds not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for round_ in range(warmup + rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if round_ >= warmup:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}
