"""Batches from tensors in memory, in an order that depends on the seed and the epoch alone."""

from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from qinr_lightning.data.sources import LabelledImages
from qinr_lightning.data.subset import to_signed_unit
from qinr_lightning.distributed import n_processes, rank
from qinr_lightning.seeding import generator


class ImagesInMemory(Dataset[list[torch.Tensor]]):
    """Images in [-1, 1] and labels; indexed with a whole batch of positions at once."""

    def __init__(self, data: LabelledImages) -> None:
        self.images = to_signed_unit(data.images)
        self.labels = data.labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, positions: list[int]) -> list[torch.Tensor]:
        return [self.images[positions], self.labels[positions]]


class BatchPositions(Sampler[list[int]]):
    """Positions of each batch of an epoch.

    Shuffled from ``(seed, epoch)``, so an interrupted run goes on with the batches it would have had. A last batch of a
    single image joins the one before it, because batch normalisation has no variance to offer to one image.

    Args:
        n: Number of images.
        batch_size: Images in a batch.
        seed: Seed of the order; None keeps data-set order.
        rank: Number of this process; it gets every ``n_processes``-th image of a batch, starting from this one.
        n_processes: Processes that share a batch.
    """

    def __init__(self, n: int, batch_size: int, seed: int | None = None, rank: int = 0, n_processes: int = 1) -> None:
        self.n = n
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.n_processes = n_processes
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this at the start of every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        n_batches = -(-self.n // self.batch_size)
        too_small = 0 < self.n % self.batch_size < max(2, self.n_processes)
        return n_batches - 1 if too_small and n_batches > 1 else n_batches

    def __iter__(self) -> Iterator[list[int]]:
        if self.seed is None:
            order = torch.arange(self.n)
        else:
            order = torch.randperm(self.n, generator=generator(self.seed, "batches", self.epoch))
        last = len(self) - 1
        for batch in range(len(self)):
            start = batch * self.batch_size
            whole = order[start : None if batch == last else start + self.batch_size]
            yield whole[self.rank :: self.n_processes].tolist()


def batches(data: LabelledImages, batch_size: int, seed: int | None = None) -> DataLoader[list[torch.Tensor]]:
    """Loader of ``[images (batch, channels, height, width) in [-1, 1], labels (batch,)]``; no worker process."""
    return _loader(data, BatchPositions(len(data.labels), batch_size, seed))


def shared_batches(data: LabelledImages, batch_size: int, seed: int) -> DataLoader[list[torch.Tensor]]:
    """:func:`batches` whose images are spread over the processes that train together."""
    return _loader(data, BatchPositions(len(data.labels), batch_size, seed, rank(), n_processes()))


def _loader(data: LabelledImages, positions: BatchPositions) -> DataLoader[list[torch.Tensor]]:
    # Creating an iterator draws a number from the global generator unless the loader has its own.
    return DataLoader(ImagesInMemory(data), sampler=positions, batch_size=None, generator=generator("loader"))
