import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.means import means_table


def rows_of(folder):
    (bench,) = benches(collect([folder]).runs)
    table = means_table(bench)
    return table, {name: dict(zip(table.columns, cells, strict=True)) for name, *cells in table.rows}


@pytest.fixture
def runs(make_run, tmp_path):
    """Two classes, two seeds of the AE as it is and with another readout, one class of the VAE."""
    shared = {"train/pca_8/psnr": 17.0, "test/pca_8/psnr": 16.0}
    for label, more in (("T-shirt", 0.0), ("Bag", 2.0)):
        for seed in (0, 1):
            numbers = {"train/psnr": 15.0 + more + seed, "test/psnr": 14.0 + more + seed, **shared}
            make_run(f"{label}{seed}", label, seed=seed, **numbers)
        make_run(f"{label}xyz", label, changed={"readout": "xyz"}, **{"train/psnr": 16 + more, "test/psnr": 15 + more})
    samples = {"test/samples/classifier/frechet": 12.5, "test/real/classifier/frechet": 0.25}
    make_run("vae", "Bag", model="vae", **{"train/psnr": 18.0, "test/psnr": 18.0, "test/real/psnr": 9.0, **samples})
    return tmp_path


def test_every_system_beside_the_paper_and_what_needs_no_model(runs):
    table, rows = rows_of(runs)
    assert table.title == "Means over 2 classes, images of fashion"
    test, frechet, train = table.columns
    assert (train, test) == ("PSNR (dB), train subset", "PSNR (dB), test split")
    # Two classes of two seeds that are 1 apart: variance 0.5 / 2 of a class mean, t(0.975; 2) = 4.303.
    half = 4.303 * 0.5**0.5 / 2
    assert rows["QINR-AE"] == {train: f"16.50 ± {half:.2f}", test: f"15.50 ± {half:.2f}", frechet: ""}
    assert rows["QINR-AE, readout=xyz"] == {train: "17.00", test: "16.00", frechet: ""}
    assert rows["PCA, 8 components"] == {train: "17.00", test: "16.00", frechet: ""}
    # Its table 9.
    assert rows["QINR-AE, in the paper"][train] == f"{(15.65 + 14.04) / 2:.2f}"
    assert rows["QINR-AE, in the paper"][test] == ""


def test_a_system_with_some_of_the_classes_says_so(runs):
    _, rows = rows_of(runs)
    assert rows["QINR-VAE (1 of 2 classes)"]["Frechet distance (classifier), test split"] == "12.50"


def test_real_images_are_no_ceiling_for_reconstructions(make_run, tmp_path):
    """Theirs are unmatched pairs."""
    for label, distance in (("T-shirt", 0.25), ("Bag", 0.75)):
        numbers = {"test/real/psnr": 9.0, "test/real/classifier/frechet": distance}
        make_run(label, label, model="vae", **{"test/psnr": 18.0, "test/samples/classifier/frechet": 12.0, **numbers})
    _, rows = rows_of(tmp_path)
    assert rows["held-out real images"] == {
        "PSNR (dB), train subset": "",
        "PSNR (dB), test split": "",
        "Frechet distance (classifier), test split": "0.50",
    }


def test_a_recipe_is_named_once(make_run, tmp_path):
    for name, changed in (("tuned", {"recipe": "tuned"}), ("other", {"recipe": "tuned", "model.lr_critic": 1e-3})):
        make_run(name, model="pqwgan", choices={"recipe": "tuned"}, changed=changed)
    _, rows = rows_of(tmp_path)
    assert list(rows) == ["PQWGAN (tuned)", "lr_critic=0.001"]
