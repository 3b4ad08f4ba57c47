"""Random numbers that belong to somebody."""

import hashlib

import torch


def generator(*owner: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator that depends on its owner alone, such as ``generator(seed, "batches", epoch)``.

    Different owners get unrelated streams, and nobody else's draws disturb them, so an interrupted run goes on exactly
    where it was and switching something on or off does not change the rest.
    """
    digest = hashlib.blake2b(repr(owner).encode(), digest_size=8).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big") >> 1)
