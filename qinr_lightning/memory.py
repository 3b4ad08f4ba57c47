"""How much memory there is, and what would not fit: said before it is asked for, since asking may end the process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_LIMIT_OF_A_CONTAINER = Path("/sys/fs/cgroup/memory.max")


class TooLarge(ValueError):
    """What would be built needs more memory than there is."""


def memory_there_is(device: torch.device | None = None) -> int:
    """Bytes of a GPU; of this machine, or what its container may use of it, for any other device."""
    if device is not None and device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    of_machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(of_machine, int(_LIMIT_OF_A_CONTAINER.read_text()))
    except (OSError, ValueError):
        return of_machine


def too_much(needed: int, there: int) -> str:
    """That it does not fit, as the end of a sentence: ``at least 2048 GiB, and there are 23.5 GiB``."""
    return f"at least {needed / 2**30:.4g} GiB, and there are {there / 2**30:.3g} GiB"


class _Counting(TorchDispatchMode):
    """Adds up the tensors that are made from nothing, and refuses one that does not fit beside the others."""

    def __init__(self, there: int, copies: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.there = there
        self.copies = copies
        self.asked = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = dict(kwargs or {})
        if "device" in options and not any(isinstance(argument, torch.Tensor) for argument in args):
            try:
                made = func(*args, **{**options, "device": torch.device("meta"), "pin_memory": False})
            except RuntimeError as error:  # More than a number of bytes can say.
                raise TooLarge(" ".join(str(error).split())) from error
            self.asked += self.copies * made.numel() * made.element_size()
            if self.asked > self.there:
                raise TooLarge(f"needs {too_much(self.asked, self.there)}")
        return func(*args, **options)


@contextmanager
def within(there: int, copies: int) -> Iterator[None]:
    """In the block, tensors that do not fit in memory together are not made.

    Args:
        there: Bytes that there are.
        copies: Tensors of the same size that go with each of them later.

    Raises:
        TooLarge: Before the first of them.
    """
    with _Counting(there, copies):
        yield
