"""idx files against torchvision's reader, and every way to cut them."""

import gzip

import numpy as np
import pytest
from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

from qinr_lightning.data.idx import BYTES_1D, BYTES_3D, INTS_2D, read_idx, read_sizes
from qinr_lightning.errors import SettingError

MAGIC = {1: BYTES_1D, 2: INTS_2D, 3: BYTES_3D}


def arrays(n_dims, seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 9, n_dims)
    return random.integers(-(2**31), 2**31, sizes).astype(">i4") if n_dims == 2 else random.integers(0, 256, sizes)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_dims", MAGIC)
def test_values_are_those_of_torchvision(n_dims, seed, tmp_path, write_idx):
    values, plain, packed = arrays(n_dims, seed), tmp_path / "values", tmp_path / "values.gz"
    write_idx(plain, values)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    theirs = read_sn3_pascalvincent_tensor(str(plain)).numpy()
    for path in (plain, packed):
        assert read_sizes(path, MAGIC[n_dims]) == values.shape
        assert np.array_equal(read_idx(path, MAGIC[n_dims]), values)
        assert np.array_equal(read_idx(path, MAGIC[n_dims]), theirs)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_no_part_of_a_file_and_nothing_more_is_taken_for_it(ending, tmp_path, write_idx):
    path = tmp_path / f"values{ending}"
    write_idx(path, arrays(3, 0))
    whole = path.read_bytes()
    pack = gzip.compress if ending else bytes
    for content in [*(whole[:length] for length in range(len(whole))), whole + b"\0", whole + whole]:
        path.write_bytes(pack(content))
        with pytest.raises(SettingError, match=r"the file is damaged, it has \d+ bytes and its header"):
            read_idx(path, BYTES_3D)
    path.write_bytes(pack(whole))
    read_idx(path, BYTES_3D)


def test_no_part_of_a_gzipped_file_is_taken_for_it(tmp_path, write_idx):
    path = tmp_path / "values.gz"
    write_idx(path, arrays(3, 0))
    packed = gzip.compress(path.read_bytes())
    for length in range(1, len(packed)):
        path.write_bytes(packed[:length])
        with pytest.raises(SettingError, match=r"values.gz: cannot be read \("):
            read_idx(path, BYTES_3D)


@pytest.mark.parametrize("position", range(16))
def test_every_bit_of_the_header_counts(position, tmp_path, write_idx):
    path = tmp_path / "values"
    write_idx(path, arrays(3, 1))
    content = bytearray(path.read_bytes())
    for bit in range(8):
        content[position] ^= 1 << bit
        path.write_bytes(content)
        with pytest.raises(SettingError, match="the file is damaged"):
            read_sizes(path, BYTES_3D)
        content[position] ^= 1 << bit
