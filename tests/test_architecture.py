"""Imports point one way, and only the commands and settings know Hydra."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "qinr_lightning"

ALLOWED = {
    "errors": set(),
    "seeding": set(),
    "slurm": set(),
    "old_configs": set(),
    "optimization": set(),
    "quantum": {"errors"},
    "distributed": set(),
    "objectives": {"distributed"},
    "networks": {"distributed", "errors", "quantum"},
    "metrics": set(),
    "data": {"distributed", "errors", "seeding"},
    "loggers": {"slurm"},
    "paper": set(),
    "reporting": {"errors", "paper"},
    "extractors": {"data", "errors", "seeding"},
    "evaluation": {"data", "extractors", "metrics", "models", "quantum", "seeding"},
    "models": {"distributed", "errors", "networks", "objectives", "optimization", "quantum", "seeding"},
    "callbacks": {"evaluation", "loggers", "models", "quantum"},
}
"""What each room may import from the others; everything else is a command or serves the commands."""

KNOW_HYDRA = {"settings", "checkpoints", "runs", "train"}


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


@pytest.mark.parametrize("room", rooms())
def test_hydra_is_known_to_the_commands_alone(room):
    knows = any(name.split(".")[0] in ("hydra", "omegaconf") for name in imports(room))
    assert not knows or room in KNOW_HYDRA


@pytest.mark.parametrize("library", ["pennylane", "wandb", "wandb_workspaces", "sklearn"])
def test_heavy_libraries_are_imported_where_they_are_used(library):
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert (module or "").split(".")[0] != library, file
