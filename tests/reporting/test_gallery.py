"""The images of the page are those of the runs, side by side."""

import base64
import io

import numpy as np
from PIL import Image

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.gallery import N_IMAGES, analyses, shelves
from qinr_lightning.reporting.groups import benches

RANDOM = np.random.default_rng(0)


def images_of(n, channels=1):
    return RANDOM.integers(0, 256, (n, channels, 28, 28), dtype=np.uint8)


def shelves_of(folder):
    (bench,) = benches(collect([folder]).runs)
    return shelves(bench)


def pixels(strip):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(strip.url.partition(",")[2]))))


def test_real_images_come_first_and_once_and_the_lowest_seed_is_shown(make_run, tmp_path):
    test_images = images_of(12)
    drawn = {name: images_of(12) for name in ("gan", "vae0", "vae1", "ae")}
    np.savez(make_run("gan", model="anogan") / "examples.npz", samples=drawn["gan"])
    for seed in (1, 0):
        np.savez(
            make_run(f"vae{seed}", model="vae", seed=seed) / "examples.npz", samples=drawn[f"vae{seed}"],
            test_images=test_images, test_reconstructions=drawn["vae1"],
        )  # fmt: skip
    np.savez(make_run("ae") / "examples.npz", test_images=test_images, test_reconstructions=drawn["ae"])
    (shelf,) = shelves_of(tmp_path)
    assert shelf.label == "T-shirt"
    assert [strip.name for strip in shelf.reconstructions] == ["test images", "QINR-AE", "QINR-VAE"]
    assert [strip.name for strip in shelf.samples] == ["test images", "QINR-VAE", "Quantum AnoGAN"]
    for strip, images in zip(shelf.samples, (test_images, drawn["vae0"], drawn["gan"]), strict=True):
        assert np.array_equal(pixels(strip), np.concatenate(images[:N_IMAGES, 0], axis=1))


def test_other_test_images_are_shown_too(make_run, tmp_path):
    for model in ("ae", "vae"):
        path = make_run(model, model=model) / "examples.npz"
        np.savez(path, test_images=images_of(3), test_reconstructions=images_of(3))
    (shelf,) = shelves_of(tmp_path)
    assert [strip.is_real for strip in shelf.reconstructions] == [True, True, False, False]


def test_colours_stay_colours(make_run, tmp_path):
    images = np.zeros((2, 3, 28, 28), np.uint8)
    images[:, 0] = 255
    np.savez(make_run("0", model="vae") / "examples.npz", samples=images)
    ((strip,),) = (shelf.samples for shelf in shelves_of(tmp_path))
    assert pixels(strip).shape == (28, 56, 3)
    assert np.abs(pixels(strip).astype(int) - (255, 0, 0)).max() < 10


def test_pictures_of_an_analysis_are_put_in_and_what_is_none_is_named(make_run, tmp_path, caplog):
    make_run("0")
    folder = make_run("1", label="Bag")
    Image.new("L", (2, 3)).save(folder / "analysis_spectrum.png")
    (folder / "analysis_circuit.png").write_text("<script>")
    (bench,) = benches(collect([tmp_path]).runs)
    ((run,),) = (analyses(bench),)
    assert run.name == "QINR-AE, Bag"
    (url,) = run.urls
    assert (
        base64.b64decode(url.removeprefix("data:image/png;base64,")) == (folder / "analysis_spectrum.png").read_bytes()
    )
    assert "analysis_circuit.png is no picture" in caplog.text
