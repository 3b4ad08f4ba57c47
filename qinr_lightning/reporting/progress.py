"""How far a report has come, for whoever waits for it."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


def counted(items: Sequence[T], what: str, interval: float = 2.0) -> Iterator[T]:
    """Give the items one by one and say how many are done, every few seconds and at the end.

    Args:
        items: What there is to do.
        what: The items and what is done with them, such as ``runs read``.
        interval: Seconds between two lines.
    """
    start = said = time.monotonic()
    for n_done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if n_done == len(items):
            log.info("%d of %d %s", n_done, len(items), what)
        elif now - said >= interval:
            said = now
            log.info(
                "%d of %d %s, %.0f s left", n_done, len(items), what, (now - start) / n_done * (len(items) - n_done)
            )
