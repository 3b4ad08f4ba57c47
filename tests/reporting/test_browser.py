"""The page in a real browser: headless Chromium, on a narrow and a wide screen, light and dark."""

import re

import numpy as np
import pytest

from qinr_lightning.report import make_report

# The report's own colours, widths and sorting are what the browser makes of them.
LOOK = """
(frame) => {
  const page = frame.contentDocument, root = page.documentElement;
  const table = page.getElementById("table06").nextElementSibling.querySelector("table");
  const rows = () => [...table.tBodies[0].rows].map((row) => row.cells[1].textContent);
  const seen = {
    width: frame.clientWidth, needed: root.scrollWidth,
    background: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
    contents_open: page.querySelector(".contents").open,
    as_listed: rows(),
  };
  for (const name of ["up", "down", "back"]) {
    table.tHead.rows[0].cells[1].querySelector("button").click();
    seen[name] = rows();
  }
  const folded = table.querySelector("tbody.folded");
  seen.folded = folded.offsetHeight;
  table.querySelector(".fold input").click();
  seen.unfolded = folded.offsetHeight;
  const places = [...page.querySelectorAll(".contents a")].map((link) => link.getAttribute("href"));
  seen.anchors = places.map((place) => page.querySelectorAll(place).length);
  return seen;
}
"""


@pytest.fixture
def page(make_run, tmp_path):
    """A report of the paper's systems and of a variant with a long name, with images."""
    images = np.random.default_rng(0).integers(0, 256, (10, 1, 28, 28), dtype=np.uint8)
    for label, psnr in (("T-shirt", 9.5), ("Trouser", 15.0)):
        for model, changed in (("ae", {}), ("vae", {}), ("vae", {"model.kl_schedule_of_a_long_name": "x" * 80})):
            metrics = {f"{split}/{metric}": psnr for split in ("train", "test") for metric in ("psnr", "ssim")}
            folder = make_run(f"{model}{len(changed)}{label}", label, model, changed=changed, **metrics)
            np.savez(folder / "examples.npz", test_images=images, test_reconstructions=images, samples=images)
    make_report([str(tmp_path)], str(tmp_path / "report"))
    return tmp_path / "report/report.html"


@pytest.mark.slow
def test_it_fits_sorts_folds_and_is_dark_in_the_dark(page, look_at):
    narrow, wide = look_at(page, LOOK)
    for seen in (narrow, wide):
        assert seen["needed"] <= seen["width"]
        assert seen["as_listed"] == seen["back"] != seen["up"]
        values = [float(text.split()[0]) for text in seen["up"] if text != "-"]
        assert values == sorted(values)
        assert [float(text.split()[0]) for text in seen["down"] if text != "-"] == values[::-1]
        # Gaps stay at the end.
        assert "-" not in (seen["up"] + seen["down"])[: len(values)]
        assert seen["folded"] == 0 < seen["unfolded"]
        assert set(seen["anchors"]) == {1}
        assert seen["background"] == "rgb(255, 255, 255)"
    assert (narrow["width"], narrow["contents_open"], wide["contents_open"]) == (400, False, True)
    for seen in look_at(page, LOOK, dark=True):
        red, green, blue = map(int, re.findall(r"\d+", seen["background"]))
        assert max(red, green, blue) < 60
