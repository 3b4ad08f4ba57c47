"""The figure that a report opens with: where its dots, bars and lines are."""

import numpy as np
import pytest
from PIL import Image

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.overview import _draw_panel, draw_summary, panels
from qinr_lightning.reporting.pictures import ONE_SEED_NOTE, new_figure


def panels_of(folder):
    (bench,) = benches(collect([folder]).runs)
    return {panel.title: panel for panel in panels(bench)}


def test_a_dot_has_its_interval_unless_it_is_of_one_seed(make_run, tmp_path):
    for seed, psnr in enumerate((15.0, 15.2)):
        make_run(f"ae{seed}", seed=seed, **{"test/psnr": psnr, "test/pca_6/psnr": 20.0})
    make_run("vae", model="vae", **{"test/psnr": 14.0, "test/pca_6/psnr": 20.0, "test/mean_image/psnr": 10.0})
    panel = panels_of(tmp_path)["PSNR (dB)"]
    ae, vae = panel.dots
    # Student's t of one degree of freedom.
    assert (ae.value, ae.half) == (pytest.approx(15.1), pytest.approx(12.706 * 0.1, rel=1e-3))
    assert (vae.value, vae.half, vae.text) == (14.0, None, "14.00")
    assert {line.name: line.value for line in panel.lines} == {"PCA, 6 components": 20.0, "mean image": 10.0}
    assert 0 < panel.percent(10.0) < panel.percent(vae.value) < panel.percent(ae.value) < panel.percent(20.0) < 100


def test_a_single_seed_is_a_ring_in_the_figure_which_says_so(make_run, tmp_path):
    for seed, label in ((0, ONE_SEED_NOTE), (1, None)):
        make_run(str(seed), seed=seed, **{"test/psnr": 15.0 + seed})
        (panel,) = panels_of(tmp_path).values()
        axes = new_figure(3, 2).add_subplot()
        _draw_panel(axes, panel, ["QINR-AE"], {"QINR-AE": "C0"})
        insides = {line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"}
        assert insides == ({"none"} if label else {"C0"})
        assert axes.get_legend_handles_labels()[1] == ([label] if label else [])


def test_dots_are_of_the_classes_that_all_systems_have(make_run, tmp_path):
    for label, psnr in (("T-shirt", 15.0), ("Trouser", 25.0)):
        make_run(label, label, **{"test/psnr": psnr, "test/pca_6/psnr": psnr + 1})
    make_run("vae", "T-shirt", model="vae", **{"test/psnr": 14.0})
    make_run("gan", "Bag", "pqwgan")
    panel = panels_of(tmp_path)["PSNR (dB)"]
    assert [dot.value for dot in panel.dots] == [15.0, 14.0]
    assert [line.value for line in panel.lines] == [16.0]
    assert panel.over == "mean over T-shirt"


def test_real_images_are_a_ceiling_of_samples_alone(make_run, tmp_path):
    places = {"samples": 40.0, "real": 5.0, "mean_image": 90.0}
    frechet = {f"test/{place}/classifier/frechet": value for place, value in places.items()}
    make_run("0", model="vae", **frechet, **{"test/psnr": 14.0, "test/real/psnr": 9.0})
    found = panels_of(tmp_path)
    assert not found["PSNR (dB)"].lines
    panel = found["Frechet distance (classifier)"]
    assert panel.better == "lower is better"
    assert {line.place: line.value for line in panel.lines} == {"real": 5.0, "mean_image": 90.0}


def test_an_infinite_psnr_has_no_place_on_an_axis(make_run, tmp_path):
    make_run("0", **{"test/psnr": float("inf")})
    assert panels_of(tmp_path) == {}
    make_run("1", model="vae", **{"test/psnr": 12.0})
    assert [dot.name for dot in panels_of(tmp_path)["PSNR (dB)"].dots] == ["QINR-VAE"]


def test_the_summary_shows_each_data_set_below_the_last(make_run, tmp_path):
    """A row of panels more is as much higher; a system's place is coloured; nothing to show is no picture."""
    make_run("joint", label="all", **{"test/psnr": 13.0})
    assert draw_summary(collect([tmp_path]).runs, tmp_path) == []
    heights = []
    for dataset, label in (("fashion", "Bag"), ("mnist", "3")):
        make_run(dataset, label, dataset=dataset, **{"test/psnr": 15.0, "test/pca_6/psnr": 20.0})
        (path,) = draw_summary(collect([tmp_path]).runs, tmp_path)
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        heights.append(len(pixels))
        assert (np.abs(pixels - (31, 119, 180)).sum(-1) < 30).any()
    assert path.name == "summary.png"
    assert heights[1] > heights[0] + 100
