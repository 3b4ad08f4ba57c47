"""Any sweep, also of a data set that the paper lacks: what its systems are, and how they differ."""

import json

import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.side_by_side import metric_tables, settings_table


@pytest.fixture
def sweep(make_run, tmp_path):
    """Two classes and two seeds of digits, with 2 and with 3 re-uploads, all of 10 epochs."""
    for n_reuploads, better in ((2, 0.0), (3, 1.0)):
        for label in ("0", "1"):
            for seed in (0, 1):
                psnr = 15.0 + seed + better * (1 if label == "0" else 0.01 * (-1) ** seed)
                make_run(
                    f"{n_reuploads}{label}{seed}", label, seed=seed, dataset="digits",
                    changed={"trainer.max_epochs": 10, **({"circuit.n_reuploads": 3} if n_reuploads == 3 else {})},
                    **{"test/psnr": psnr, "train/psnr": psnr, "test/pca_6/psnr": 22.0, "parameters/quantum": 120},
                )  # fmt: skip
    return tmp_path


def test_systems_are_named_by_what_tells_them_apart(sweep):
    (bench,) = benches(collect([sweep]).runs)
    assert [group.name for group in bench.groups] == ["QINR-AE", "n_reuploads=3"]
    assert bench.common == "trainer.max_epochs=10"
    assert bench.labels == ["0", "1"]
    table = settings_table(bench)
    rows = {row[0]: dict(zip(table.columns, row[1:], strict=True)) for row in table.rows}
    assert rows["n_reuploads=3"]["circuit.n_reuploads"] == "3"
    assert rows["QINR-AE"]["circuit.n_reuploads"] == "as usual"
    assert rows["QINR-AE"] | {"runs": "4", "seeds": "0, 1", "quantum parameters": "120"} == rows["QINR-AE"]
    assert "trainer.max_epochs" not in table.columns


def test_settings_of_the_same_last_name_keep_their_groups(make_run, tmp_path):
    for name, changed in (("a", {"model.lr": 1}), ("b", {"gan.lr": 1}), ("c", {})):
        make_run(name, changed=changed)
    (bench,) = benches(collect([tmp_path]).runs)
    assert [group.name for group in bench.groups] == ["QINR-AE", "gan.lr=1", "model.lr=1"]


def test_differences_are_paired_and_those_within_the_spread_are_marked(sweep):
    (bench,) = benches(collect([sweep]).runs)
    (table,) = metric_tables(bench)
    assert table.columns == ["0", "1", "mean"]
    rows = {row.name: row.cells for row in table.rows}
    assert (rows["QINR-AE"][0].value, rows["QINR-AE"][0].n_seeds) == (15.5, 2)
    zero, one, mean = rows["n_reuploads=3 minus QINR-AE"]
    # In every seed better by 1; the seeds' own spread, the same for both, does not count.
    assert (zero.value, zero.sd, zero.mark) == (1.0, 0.0, "")
    assert (one.value, one.mark) == (pytest.approx(0.0), "within spread")
    assert (mean.value, mean.mark) == (pytest.approx(0.5), "")
    assert rows["PCA, 6 components, test split"][0].value == 22.0
    assert any("Within spread" in line for line in table.legend())


def test_the_papers_tables_are_not_repeated(make_run, tmp_path):
    make_run("0", **{"test/psnr": 15.0})
    (bench,) = benches(collect([tmp_path]).runs)
    assert metric_tables(bench) == []


def test_what_the_papers_tables_lack_is_shown(make_run, tmp_path):
    """Linear layers in the decoder's place, which are no changed setting; metrics of samples; other classes."""
    samples = {"test/samples/classifier/frechet": 9.0, "test/samples/classifier/coverage": 0.5}
    make_run("0", model="vae", **{"test/psnr": 15.0}, **samples)
    (bench,) = benches(collect([tmp_path]).runs)
    assert [table.key for table in metric_tables(bench)] == ["fashion_samples_classifier_coverage"]
    linear = {"changed": {"decoder": "classical"}, "choices": {"decoder": "classical"}}
    make_run("1", model="vae", **linear, **{"test/psnr": 16.0})
    (bench,) = benches(collect([tmp_path]).runs)
    psnr, coverage = metric_tables(bench)
    assert [row.name for row in psnr.rows] == ["QINR-VAE", "classical VAE", "classical VAE minus QINR-VAE"]
    assert [row.name for row in coverage.rows] == ["QINR-VAE"]
    letters = make_run("2", "0", dataset="mnist", **{"test/psnr": 15.0})
    facts = json.loads((letters / "run.json").read_text())
    (letters / "run.json").write_text(json.dumps(facts | {"label": "A", "dataset": "emnist"}))
    (bench,) = benches(collect([letters]).runs)
    assert [table.key for table in metric_tables(bench)] == ["emnist_psnr"]


def test_one_model_of_all_classes_stands_apart_and_has_its_classes(make_run, tmp_path):
    make_run("0", **{"test/psnr": 15.0})
    make_run("1", label="all", **{"test/psnr": 13.0, "test/psnr/0": 12.0, "test/psnr/1": 14.0})
    single, joint = benches(collect([tmp_path]).runs)
    assert (single.joint, joint.joint) == (False, True)
    assert single.key != joint.key
    (table,) = metric_tables(joint)
    assert table.columns == ["class 0", "class 1", "all images"]
    assert [cell.value for cell in table.rows[0].cells] == [12.0, 14.0, 13.0]
