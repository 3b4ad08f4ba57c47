"""What numbers of samples rest on, and that tables say it and pair nothing that rests on something else."""

import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.appendix_tables import appendix_tables
from qinr_lightning.reporting.basis import Basis, basis, numbers_of_samples, why_apart
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.notes import notes
from qinr_lightning.reporting.side_by_side import metric_tables

FRECHET = "test/samples/classifier/frechet"


def numbers(frechet=5.0, n=500, features=10, label="", reference="test", n_reference=1000):
    return {
        f"{label}{reference}/samples/classifier/frechet": frechet, f"{label}{reference}/samples/n": n,
        f"{reference}/n_reference": n_reference, f"{label}classifier/hash": features,
        f"{label}classifier/accuracy": 0.9,
    }  # fmt: skip


def test_a_number_behind_a_label_has_facts_of_its_own_or_those_of_the_run():
    prior = numbers()
    assert basis(prior, FRECHET) == basis(prior, "test/real/classifier/kid") == Basis(500, 1000, 10)
    assert basis(prior, "test/samples/psnr") == Basis(500, 1000, None)
    assert basis(prior, "test/psnr") is None
    own, old = prior | numbers(n=30, features=11, label="kde/"), prior | {"kde/test/samples/n": 30}
    assert basis(own, f"kde/{FRECHET}") == Basis(30, 1000, 11)
    assert basis(old, f"kde/{FRECHET}") == Basis(30, 1000, 10)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, ""),
        ({"n": 40}, "500 and 40 samples"),
        ({"features": 255}, "features of 00000000000a and 0000000000ff"),
        ({"n": 40, "n_reference": 99}, "500 and 40 samples, against 1000 and 99 images"),
    ],
)
def test_numbers_on_other_grounds_say_so(other, reason):
    assert why_apart(numbers(), numbers(**other), FRECHET) == reason
    assert why_apart(numbers(), {FRECHET: 5.0}, FRECHET) == ""  # Nothing is known against it.


def test_every_n_is_named_with_its_place_where_they_differ():
    several = [numbers(), numbers(reference="train"), numbers(n=40, label="gmm/"), {"test/psnr": 1.0}]
    assert numbers_of_samples(several[:2]) == "500"
    assert numbers_of_samples(several) == "40 (gmm/test), 500 (test, train)"


def test_notes_range_over_every_reference_label_and_hash(make_run, tmp_path):
    given = numbers() | numbers(n=5000, reference="train_all", n_reference=6000)
    make_run("0", model="vae", **given | numbers(n=40, features=255, label="gmm/"))
    make_run("1", **{"test/psnr": 15.0})
    said = "\n".join(notes(collect([tmp_path]).runs))
    assert "N = 40 (gmm/test), 500 (test), 5000 (train_all)" in said
    assert "against 1000 test and 6000 training (all of the class) images" in said
    assert "(hash 00000000000a, 0000000000ff), test accuracy 0.9; they do not compare with Inception's, nor" in said
    assert "Samples" not in "\n".join(notes(collect([tmp_path / "1"]).runs))


def test_differences_between_numbers_on_other_grounds_are_left_out_and_named(make_run, tmp_path):
    for seed, n in ((0, 500), (1, 40)):
        make_run(f"a{seed}", seed=seed, model="vae", label="0", dataset="digits", **numbers())
        make_run(f"b{seed}", seed=seed, model="vae", label="0", dataset="digits", changed={"readout": "zz"},
                 **numbers(7.0, n))  # fmt: skip
    (bench,) = benches(collect([tmp_path]).runs)
    (table,) = metric_tables(bench)
    difference = {row.name: row.cells[0] for row in table.rows}["readout=zz minus QINR-VAE"]
    assert (difference.value, difference.n) == (2.0, 1)
    assert "Left out: readout=zz minus QINR-VAE, 0, seed 1: 40 and 500 samples." in table.notes


def test_so_are_those_of_table_c3(make_run, tmp_path):
    for seed, features in ((0, 10), (1, 11)):
        common = {"seed": seed, "model": "vae", "label": "3", "dataset": "mnist"}
        epochs = {"trainer.max_epochs": 30}
        make_run(f"q{seed}", changed=epochs, **common, **numbers())
        make_run(f"c{seed}", changed={"circuit": "tanh", **epochs}, choices={"circuit": "tanh", "decoder": "dense"},
                 **common, **numbers(7.0, features=features))  # fmt: skip
    (table,) = appendix_tables(collect([tmp_path]).runs)
    row = next(row for row in table.rows if row.name.startswith("Frechet distance (classifier), test split"))
    assert [(cell.value, cell.n) for cell in row.cells if cell.value is not None] == [(-2.0, 1)]
    left_out = [line for line in table.notes if line.startswith("Left out")]
    assert left_out == ["Left out: qinr minus tanh, 3, seed 1: features of 00000000000a and 00000000000b."]


def test_the_same_classifier_with_other_weights_is_another():
    ours, theirs = numbers() | {"classifier/weights": 1}, numbers() | {"classifier/weights": 2}
    assert why_apart(ours, theirs, FRECHET) == "with weights 000000000001 and 000000000002"
    assert why_apart(ours, numbers(), FRECHET) == ""
