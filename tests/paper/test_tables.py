"""The paper's numbers, against means that were computed from its tables independently."""

import statistics

import pytest

from qinr_lightning.data import MNIST, EMNISTLetters, FashionMNIST
from qinr_lightning.paper import paper_tables

CLASS_NAMES = {source.name: source.class_names for source in (MNIST, EMNISTLetters, FashionMNIST)}
MEANS = {
    ("1", "PQWGAN"): 320.8, ("1", "Quantum AnoGAN"): 195.9, ("1", "QINR-QGAN"): 195.2, ("1", "QINR-VAE"): 127.6,
    ("2", "PQWGAN"): 400.3, ("2", "Quantum AnoGAN"): 248.6, ("2", "QINR-QGAN"): 242.0, ("2", "QINR-VAE"): 140.2,
    ("3", "PQWGAN"): 415.8, ("3", "Quantum AnoGAN"): 252.5, ("3", "QINR-QGAN"): 252.7, ("3", "QINR-VAE"): 152.1,
    ("4", "QINR-AE"): 0.649, ("4", "QINR-VAE (recons)"): 0.652, ("7", "QINR-AE"): 14.37,
    ("7", "QINR-VAE (recons)"): 14.40, ("10", "QINR-AE"): 0.799, ("10", "QINR-VAE (recons)"): 0.799,
    ("6", "QINR-AE"): 0.612, ("6", "QINR-VAE (recons)"): 0.617, ("9", "QINR-AE"): 15.44,
    ("9", "QINR-VAE (recons)"): 15.51, ("12", "QINR-AE"): 0.903, ("12", "QINR-VAE (recons)"): 0.906,
    ("B2", "PSNR"): 16.82, ("B2", "SSIM"): 0.674, ("B2", "CosSim"): 0.924, ("C3", "QINR - LIN"): 58.1,
}  # fmt: skip
"""Table and row; to the digits given."""


@pytest.mark.parametrize(("table", "row"), MEANS)
def test_means_of_rows(table, row):
    expected = MEANS[table, row]
    digits = len(str(expected).partition(".")[2])
    assert statistics.mean(paper_tables()[table].rows[row]) == pytest.approx(expected, abs=0.6 * 10**-digits)


def test_every_table_is_there_with_a_number_for_each_class():
    tables = paper_tables()
    assert list(tables) == [*map(str, range(1, 13)), "B1", "B2", "C3"]
    for table in tables.values():
        assert all(len(numbers) == len(table.labels) == 10 for numbers in table.rows.values())
        assert len(table.rows) == {"frechet": 4, "reconstruction": 3, "frechet_difference": 1}.get(table.metric, 6)


def test_columns_are_classes_of_the_data_set():
    for table in paper_tables().values():
        assert set(table.labels) <= set(CLASS_NAMES[table.dataset]), table.name
