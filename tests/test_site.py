"""The site of docs/ as `make docs` builds it, in a real browser: headless Chromium, on a narrow and a wide screen."""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each page in a frame, one after the other. What is wider than the screen scrolls in a box of its own, not the page.
LOOK = """
const look = async () => {
  const frame = document.querySelector("iframe"), seen = [];
  for (const page of PAGES) for (const width of [390, 1400]) {
    frame.width = width;
    await new Promise((loaded) => { frame.onload = loaded; frame.src = page; });
    const root = frame.contentDocument.documentElement;
    seen.push({
      page, width,
      stands_out: [root, root.querySelector(".content")].filter((box) => box.scrollWidth > box.clientWidth).length,
      missing: [...root.querySelectorAll("img")].filter((image) => !image.naturalWidth).map((image) => image.src),
      from_afar: frame.contentWindow.performance.getEntriesByType("resource").map((entry) => entry.name)
        .filter((name) => !name.startsWith("file:")),
    });
  }
  document.getElementById("seen").textContent = JSON.stringify(seen);
};
look();
"""


@pytest.mark.slow
def test_every_page_fits_has_its_pictures_and_needs_no_network(browser, tmp_path):
    site = tmp_path / "site"
    build = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    subprocess.run([*build, "-d", str(tmp_path / "doctrees"), str(ROOT / "docs"), str(site)], check=True)
    pages = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    assert {"index.html", "start.html", "api/circuits.html"} <= set(pages)
    page = site / "look.html"
    page.write_text(
        '<iframe height="900" style="border:0"></iframe><pre id="seen"></pre>'
        f"<script>const PAGES = {json.dumps(pages)};{LOOK}</script>"
    )
    options = ["--allow-file-access-from-files", "--virtual-time-budget=120000", "--dump-dom"]
    done = subprocess.run([*browser, *options, page.as_uri()], capture_output=True, text=True, timeout=600, check=True)
    (found,) = re.findall('<pre id="seen">(.*?)</pre>', done.stdout)
    seen = json.loads(html.unescape(found))
    assert len(seen) == 2 * len(pages)
    assert not [page for page in seen if page["stands_out"] or page["missing"] or page["from_afar"]]
