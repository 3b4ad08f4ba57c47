"""The page of a comparison in a real browser: headless Chromium, on a narrow and a wide screen, light and dark."""

import json
import re

import pytest

LOOK = """
(frame) => {
  const page = frame.contentDocument, root = page.documentElement;
  const across = (box) => [box.getBoundingClientRect().left, box.getBoundingClientRect().right];
  return {
    width: frame.clientWidth, needed: root.scrollWidth,
    background: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
    sentences: [...page.querySelectorAll("#told + ul li > *")].map((said) => said.textContent),
    outstanding: [...page.querySelectorAll("#told + ul strong")].map((said) => said.textContent),
    plots: [...page.querySelectorAll(".plots svg")].map(across),
    dots: [...page.querySelectorAll(".plots svg circle")].map(across),
  };
}
"""


@pytest.mark.slow
def test_it_fits_draws_and_is_dark_in_the_dark(compared, look_at):
    result = json.loads((compared / "comparison.json").read_text())
    all_told = [told for pair in result["pairs"] for told in pair["metrics"].values()]
    sentences = [told["sentence"] for told in all_told]
    for seen in look_at(compared / "comparison.html", LOOK):
        assert seen["needed"] <= seen["width"]
        assert seen["background"] == "rgb(255, 255, 255)"
        assert seen["sentences"] == sentences
        assert seen["outstanding"] == [told["sentence"] for told in all_told if told["told_apart"]]
        assert len(seen["plots"]) == len(sentences)
        left, right = zip(*seen["plots"], strict=True)
        assert min(left) >= 0
        assert max(right) <= seen["width"]
        # A dot for each class at least, and none outside of every plot.
        assert len(seen["dots"]) >= 2 * len(sentences)
        assert all(min(left) <= begin < end <= max(right) + 1 for begin, end in seen["dots"])
    for seen in look_at(compared / "comparison.html", LOOK, dark=True):
        assert max(map(int, re.findall(r"\d+", seen["background"]))) < 60
