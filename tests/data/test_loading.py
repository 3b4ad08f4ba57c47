from itertools import chain

import pytest
import torch

from qinr_lightning.data.loading import BatchPositions, batches
from qinr_lightning.data.sources import LabelledImages


def positions(n, batch_size, seed, epoch=0):
    sampler = BatchPositions(n, batch_size, seed)
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize(
    ("n", "sizes"), [(64, [32, 32]), (70, [32, 32, 6]), (65, [32, 33]), (33, [33]), (5, [5]), (2, [2])]
)
def test_every_image_once_and_no_batch_of_one(n, sizes):
    epoch = positions(n, 32, seed=0)
    assert [len(batch) for batch in epoch] == sizes
    assert len(BatchPositions(n, 32, 0)) == len(sizes)
    assert sorted(chain(*epoch)) == list(range(n))


@pytest.mark.parametrize("n_processes", [2, 3, 4])
@pytest.mark.parametrize("n", [64, 65, 66, 67, 68, 3 * 32 + 1])
def test_every_process_has_images_of_every_batch(n, n_processes):
    shares = [list(BatchPositions(n, 32, 0, rank, n_processes)) for rank in range(n_processes)]
    assert all(len(batch) > 0 for share in shares for batch in share)
    assert sorted(chain(*chain(*shares))) == list(range(n))


def test_order_depends_on_seed_and_epoch_alone():
    first = positions(100, 10, seed=1, epoch=3)
    torch.manual_seed(5)
    assert positions(100, 10, seed=1, epoch=3) == first
    assert positions(100, 10, seed=1, epoch=4) != first
    assert positions(100, 10, seed=2, epoch=3) != first


def test_without_seed_in_data_set_order():
    assert list(chain(*positions(10, 4, seed=None))) == list(range(10))


def test_loader_gives_signed_images_and_leaves_the_global_generator_alone():
    data = LabelledImages(torch.full((5, 1, 2, 2), 255, dtype=torch.uint8), torch.arange(5))
    before = torch.random.get_rng_state()
    loaded = list(batches(data, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    images, labels = loaded[0]
    assert images.dtype == torch.float32
    assert images.unique().tolist() == [1.0]
    assert labels.tolist() == [0, 1, 2, 3, 4]
