"""Imports point one way, only settings, run folders and training know Hydra, and a file has one spelling."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from qinr_lightning.runs import folder

PACKAGE = Path(__file__).parents[1] / "qinr_lightning"

ALLOWED = {
    "errors": set(),
    "memory": set(),
    "ranges": set(),
    "seeding": set(),
    "optimization": {"ranges"},
    "quantum": {"errors", "memory", "ranges", "seeding"},
    "distributed": set(),
    "objectives": {"distributed", "ranges"},
    "networks": {"distributed", "errors", "quantum", "ranges"},
    "metrics": set(),
    "data": {"distributed", "errors", "ranges", "seeding"},
    "runs": {"data", "errors"},
    "settings": {"errors", "memory", "ranges", "runs", "seeding"},
    "loggers": {"errors", "runs"},
    "paper": set(),
    "reporting": {"errors", "paper", "runs"},
    "comparison": {"data", "errors", "ranges", "reporting", "runs", "seeding", "settings"},
    "exporting": {"errors", "models", "networks", "quantum", "reporting", "runs"},
    "extractors": {"data", "errors", "ranges", "seeding"},
    "evaluation": {"data", "errors", "extractors", "metrics", "models", "networks", "quantum", "ranges", "seeding"},
    "analysis": {"data", "errors", "metrics", "models", "networks", "quantum", "seeding"},
    "models": {
        "distributed",
        "errors",
        "memory",
        "networks",
        "objectives",
        "optimization",
        "quantum",
        "ranges",
        "seeding",
    },
    "callbacks": {"evaluation", "loggers", "models", "quantum", "ranges"},
}
"""What each room may import from the others."""

COMMANDS = {"train", "training", "evaluate", "sample", "report", "compare", "tune", "export", "analyze"}
"""These may import any room, and no room imports them; ``training`` is what ``train`` does."""

KNOW_HYDRA = {"settings", "runs", "train", "training"}


def imports(room: str) -> set[str]:
    place = PACKAGE / room
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    names: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


def rooms() -> list[str]:
    return sorted(
        {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()} - {"__init__", "__pycache__"}
    )


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_imports_point_one_way(room):
    others = {name.split(".")[1] for name in imports(room) if name.startswith("qinr_lightning.")} - {room}
    assert others <= ALLOWED[room]


def test_every_room_has_its_place():
    assert set(rooms()) == set(ALLOWED) | COMMANDS


@pytest.mark.parametrize("room", rooms())
def test_hydra_is_known_to_few(room):
    knows = any(name.split(".")[0] in ("hydra", "omegaconf") for name in imports(room))
    assert not knows or room in KNOW_HYDRA


@pytest.mark.parametrize("library", ["pennylane", "wandb", "wandb_workspaces", "sklearn"])
def test_heavy_libraries_are_imported_where_they_are_used(library):
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert (module or "").split(".")[0] != library, file


def test_what_composes_the_settings_imports_no_pytorch():
    """A name that is mistyped is answered in a second: PyTorch and Lightning take several to be imported."""
    code = "import sys, qinr_lightning.train; sys.exit(any(name in sys.modules for name in ('torch', 'lightning')))"
    assert subprocess.run([sys.executable, "-c", code], timeout=600).returncode == 0


def test_the_files_of_a_run_folder_are_spelled_in_one_module():
    names = {str(value) for name, value in vars(folder).items() if name.isupper()}
    assert {"metrics.json", "checkpoints/last.ckpt"} <= names
    files = [*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "hydra_plugins").glob("*.py")]
    for file in files:
        tree = ast.parse(file.read_text())
        in_words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        spelled = {name for node in texts for name in names if name in node.value and id(node) not in in_words}
        assert not spelled or file == Path(folder.__file__), file


def test_what_a_run_has_measured_is_written_in_one_module():
    """It says in run.json which files these are; numbers that another module writes would be a stranger's."""
    checked = {"METRICS", "EXAMPLES"}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("write_json", "write_whole", "whole"):
                names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                assert not names & checked or file.name == "results.py", file
