"""README and docs/: what they lead to is there, and the API pages have every public name."""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
DOCS = sorted(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What links may name on a page, as GitHub makes it of the headings."""
    count: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.*)$", prose(page), flags=re.MULTILINE):
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{name}-{count[name]}" if count[name] else name)
        count[name] += 1
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"`[^`]*`", "", prose(page))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize(
    "package", ["data", "exporting", "extractors", "metrics", "models", "networks", "objectives", "quantum"]
)
def test_the_api_pages_have_every_public_name(package):
    pages = "".join(page.read_text() for page in (ROOT / "docs/api").glob("*.md"))
    names = re.findall(r"^\.\. auto\w+:: ([\w.]+)$", pages, flags=re.MULTILINE)
    described = {name.rpartition(".")[2] for name in names}
    assert set(import_module(f"qinr_lightning.{package}").__all__) <= described
