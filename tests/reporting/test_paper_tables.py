import pytest

from qinr_lightning.data import FashionMNIST
from qinr_lightning.paper import paper_tables
from qinr_lightning.reporting import collect
from qinr_lightning.reporting.appendix_tables import appendix_tables
from qinr_lightning.reporting.own_tables import below_the_paper, diversity_tables
from qinr_lightning.reporting.paper_tables import class_tables, reference_rows


def rows_of(table):
    return {row.name: row for row in table.rows}


def tables_of(tmp_path):
    runs = collect([tmp_path]).runs
    return {table.key: table for table in [*class_tables(runs), *appendix_tables(runs)]}


def test_ours_the_papers_and_the_difference(make_run, tmp_path):
    for seed, ssim in enumerate((0.60, 0.62)):
        make_run(f"{seed}", seed=seed, **{"train/ssim": ssim, "test/ssim": 0.5, "train/pca_6/ssim": 0.645})
    table = tables_of(tmp_path)["table06"]
    rows = rows_of(table)
    assert rows["QINR-AE, paper"].cells[0].value == 0.605
    ours = rows["QINR-AE, ours, train subset"].cells[0]
    assert (ours.value, ours.n) == (pytest.approx(0.61), 2)
    assert ours.sd == pytest.approx(0.0141, abs=1e-4)
    assert rows["QINR-AE, ours on the train subset minus paper"].cells[0].value == pytest.approx(0.005)
    assert rows["QINR-AE, ours, test split"].cells[0].value == 0.5
    # The same number from both seeds is one fact.
    assert rows["PCA, 6 components, train subset"].cells[0].sd is None
    assert "Seeds 0, 1" in table.notes[0]
    assert "commit 0123abc" in table.notes[2]


def test_references_of_other_training_images_are_not_averaged(make_run, tmp_path):
    make_run("500", **{"test/pca_8/ssim": 0.60})
    make_run("5000", changed={"dataset.samples_per_class": 5000}, **{"test/pca_8/ssim": 0.70})
    runs = collect([tmp_path]).runs
    assert reference_rows(runs, ["T-shirt"], "ssim") == []
    (row,) = reference_rows(runs[:1], ["T-shirt"], "ssim")
    assert row.cells[0].value == 0.60


def test_missing_classes_are_gaps_and_leave_no_mean(make_run, tmp_path):
    make_run("0", label="Bag", **{"train/ssim": 0.5})
    rows = rows_of(tables_of(tmp_path)["table06"])
    cells = rows["QINR-AE, ours, train subset"].cells
    assert [cell.value for cell in cells] == [None] * 8 + [0.5] + [None] * 2
    assert rows["PQWGAN, ours: no run"].cells[0].value is None
    assert rows["QINR-AE, paper"].cells[-1].value == pytest.approx(0.6124)


def test_means_over_all_classes(make_run, tmp_path):
    for index, label in enumerate(FashionMNIST.class_names):
        make_run(label, label=label, **{"train/psnr": 15.0 + index, "test/psnr": 14.0})
    table = tables_of(tmp_path)["table09"]
    rows = rows_of(table)
    assert rows["QINR-AE, ours, train subset"].cells[-1].value == pytest.approx(19.5)
    below = below_the_paper([table])
    assert below == ["Table 9, QINR-AE, T-shirt: -0.65 (one seed)"]


def test_runs_with_other_settings_do_not_get_into_the_papers_tables(make_run, tmp_path):
    make_run("0", changed={"circuit.n_reuploads": 3}, **{"train/ssim": 0.9, "test/psnr": 16.0})
    make_run("1", **{"train/ssim": 0.5, "test/psnr": 15.0})
    rows = rows_of(tables_of(tmp_path)["table06"])
    assert rows["QINR-AE, ours, train subset"].cells[0].value == 0.5


def test_one_definition_for_the_gans_and_no_difference_to_their_rows(make_run, tmp_path):
    for recipe in ("faithful", "tuned"):
        make_run(recipe, model="pqwgan", choices={"recipe": recipe}, **{"train/samples/cosine": 0.7})
    table = tables_of(tmp_path)["table12"]
    rows = rows_of(table)
    assert rows["PQWGAN (tuned), ours, train subset"].cells[0].value == 0.7
    assert not any("PQWGAN" in name and "minus" in name for name in rows)
    assert any("[-1, 1]" in note for note in table.notes)


def test_frechet_distances_of_other_features_are_not_set_against_the_papers(make_run, tmp_path):
    metrics = {f"train/{place}/classifier/frechet": value for place, value in (("samples", 9.0), ("real", 1.0))}
    make_run("0", model="vae", **metrics)
    rows = rows_of(tables_of(tmp_path)["table03"])
    assert rows["QINR-VAE, ours, classifier, train subset"].cells[0].value == 9.0
    assert rows["held-out real images (floor), classifier, train subset"].cells[0].value == 1.0
    assert not any("minus" in name for name in rows)
    make_run("1", model="vae", seed=1, **{"train/samples/inception/frechet": 100.0})
    rows = rows_of(tables_of(tmp_path)["table03"])
    assert rows["QINR-VAE, ours on the train subset minus paper"].cells[0].value == pytest.approx(100 - 147.82)


def test_joint_training_by_class(make_run, tmp_path):
    metrics = {f"train/{name}/{index}": value for index in range(10) for name, value in (("psnr", 18.0), ("ssim", 0.7))}
    settings = {"circuit.global_scale": True, "circuit.n_reuploads": 3, "trainer.max_epochs": 40, "readout": "xyz_zz"}
    make_run("0", label="all", choices={"readout": "xyz_zz"}, changed=settings, **metrics)
    other = {**settings, "decoder.head_activation": "leaky_relu"}
    make_run("1", label="all", choices={"readout": "xyz_zz"}, changed=other, **{name: 99.0 for name in metrics})
    tables = tables_of(tmp_path)
    assert "tableB1" not in tables
    rows = rows_of(tables["tableB2"])
    expected = 18 - sum(paper_tables()["B2"].rows["PSNR"]) / 10
    assert rows["PSNR, ours on the train subset minus paper"].cells[-1].value == pytest.approx(expected)


def test_diversity_stands_beside_the_level_of_real_images(make_run, tmp_path):
    metrics = {"train/samples/n": 500, "train/samples/vendi_score": 2.0, "train/real/vendi_score": 8.0}
    make_run("0", model="vae", **metrics)
    (table,) = diversity_tables(collect([tmp_path]).runs)
    column = table.columns.index("Vendi score")
    values = {row.name: row.cells[column].value for row in table.rows}
    assert values["QINR-VAE, train subset (1 run)"] == 2.0
    assert values["held-out real images, train subset"] == 8.0


@pytest.mark.parametrize(
    ("label_of_gan", "expected", "words"),
    [
        ("Trouser", 4.0, "the classes that all systems have (Trouser)"),
        ("Coat", 3.0, "none is common to all: rows do not compare"),
    ],
)
def test_diversity_is_a_mean_over_the_classes_that_all_systems_have(make_run, tmp_path, label_of_gan, expected, words):
    for label, score in (("T-shirt", 2.0), ("Trouser", 4.0)):
        make_run(label, label, "vae", **{"train/samples/n": 500, "train/samples/vendi_score": score})
    make_run("gan", label_of_gan, "pqwgan", choices={"recipe": "tuned"}, **{"train/samples/n": 500})
    (table,) = diversity_tables(collect([tmp_path]).runs)
    (row,) = (row for row in table.rows if row.name.startswith("QINR-VAE, train subset"))
    assert row.cells[table.columns.index("Vendi score")].value == expected
    assert words in table.notes[0]


CLASSICAL = {
    "classical": {"model": "vae", "choices": {"decoder": "classical"}, "changed": {"decoder": "classical"}},
    "tanh": {"model": "vae", "choices": {"circuit": "tanh"}, "changed": {"circuit": "tanh"}},
}
"""Runs without a circuit, by what they have in its place."""
CLASSICAL_ONCE = {
    "classical": {"model": "vae_classical", "choices": {"decoder": "classical"}, "changed": {}},
    "tanh": {"model": "vae_classical", "choices": {"decoder": "tanh"}, "changed": {"decoder": "tanh"}},
}
"""The same as they wrote it when VAEs without a circuit were a model of their own."""


@pytest.mark.parametrize("words", [CLASSICAL, CLASSICAL_ONCE], ids=["now", "once"])
@pytest.mark.parametrize("kind", CLASSICAL)
def test_decoders_are_compared_over_the_seeds_they_share(make_run, tmp_path, words, kind):
    epochs = {"trainer.max_epochs": 30}
    for seed, frechet in ((0, 40.0), (1, 50.0), (2, 1000.0)):
        metrics = {"test/samples/classifier/frechet": frechet, "test/psnr": 14.0}
        make_run(f"q{seed}", seed=seed, model="vae", changed=epochs, dataset="mnist", label="3", **metrics)
    for seed in (0, 1):
        metrics = {"test/samples/classifier/frechet": 30.0, "test/psnr": 15.0}
        facts = {**words[kind], "changed": words[kind]["changed"] | epochs}
        make_run(f"c{seed}", "3", seed=seed, dataset="mnist", **facts, **metrics)
    table = tables_of(tmp_path)["tableC3"]
    cells = rows_of(table)[f"Frechet distance (classifier), test split, QINR - {kind}, ours"].cells
    assert (cells[3].value, cells[3].n) == (15.0, 2)
    assert cells[0].value is None
    assert rows_of(table)[f"PSNR (dB), test split, QINR - {kind}, ours"].cells[3].value == -1.0


@pytest.mark.parametrize("words", [CLASSICAL, CLASSICAL_ONCE], ids=["now", "once"])
def test_a_vae_without_a_circuit_is_a_system_of_its_own(make_run, tmp_path, words):
    make_run("qinr", model="vae", **{"train/ssim": 0.5})
    for kind in words:
        make_run(kind, **words[kind], **{"train/ssim": 0.9})
    runs = collect([tmp_path]).runs
    assert [(run.folder.name, run.system, run.variant) for run in runs] == [
        ("classical", "classical VAE", ""), ("qinr", "QINR-VAE", ""), ("tanh", "classical VAE", "circuit=tanh")
    ]  # fmt: skip
    rows = rows_of(tables_of(tmp_path)["table06"])
    assert rows["QINR-VAE (recons), ours, train subset"].cells[0].value == 0.5
