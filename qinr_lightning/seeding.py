"""Random numbers that belong to somebody."""

import hashlib
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Lt

if TYPE_CHECKING:
    import torch

Seed = Annotated[int, Ge(0), Lt(2**32)]
"""What NumPy and Lightning take as a seed."""


def generator(*owner: int | str, device: "torch.device | str" = "cpu") -> "torch.Generator":
    """A generator that depends on its owner alone, such as ``generator(seed, "batches", epoch)``.

    Different owners get unrelated streams, and nobody else's draws disturb them, so an interrupted run goes on exactly
    where it was and switching something on or off does not change the rest.
    """
    import torch

    digest = hashlib.blake2b(repr(owner).encode(), digest_size=8).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big") >> 1)


def seed_process(seed: int) -> None:
    """Seed the global generators, which initial parameters are drawn from, and leave new memory as it is."""
    import torch
    from lightning.pytorch import seed_everything

    seed_everything(seed, verbose=False)
    # What deterministic algorithms would cost on a CPU; nothing here reads memory before it is written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
