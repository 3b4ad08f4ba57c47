"""How Sphinx builds these pages: `make docs`. Nothing in here, and nothing in the site, needs a network."""

from typing import Annotated, Any, get_origin

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.typing import stringify_annotation

from qinr_lightning import ranges, seeding

project = "qinr_lightning"
author = "The qinr_lightning developers"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

# The pages are read on GitHub, too: plain Markdown, with headings that links can name.
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "show-inheritance": True, "member-order": "bysource"}
# Hooks of Lightning and PyTorch are described where they come from.
autodoc_inherit_docstrings = False
napoleon_use_ivar = True
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
python_use_unqualified_type_names = True

nitpicky = True
# What other packages document is not linked, as that would take their inventories from the network; nor is what is
# private.
nitpick_ignore_regex = [("py:.*", r"(?!qinr_lightning\.).*|.*\._\w+")]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "qinr_lightning"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_use_index = False
html_domain_indices = False
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False


def _math(translator: Any, node: nodes.math | nodes.math_block) -> None:
    """Formulas as MathML, which browsers draw themselves: MathJax would be fetched from the network."""
    translator.body.append(tex2mathml(node.astext(), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


# The longest first, as they are made of each other.
RANGES = sorted(
    (
        (stringify_annotation(value, "smart"), f"~{module.__name__}.{name}")
        for module in (ranges, seeding)
        for name, value in vars(module).items()
        if get_origin(value) is Annotated
    ),
    key=lambda pair: -len(pair[0]),
)


def _name_ranges(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str, str | None] | None:
    """A range by its name, ``Qubits``, and not spelled out."""
    if signature is None:
        return None
    for written, reference in RANGES:
        signature = signature.replace(written, reference)
    return signature, returned


def setup(app: Any) -> None:
    app.connect("autodoc-process-signature", _name_ranges)
    app.add_html_math_renderer("mathml", inline_renderers=(_math, None), block_renderers=(_math, None))
