"""Trained models in forms that others use: files without their run, circuits of an image, graphs, a page."""

from qinr_lightning.exporting.circuits import BoundCircuit, check_circuits, image_circuits, write_openqasm
from qinr_lightning.exporting.frozen_circuit import FrozenCircuit
from qinr_lightning.exporting.graphs import write_graphs
from qinr_lightning.exporting.hub import check_repository, push_folder, write_for_hub
from qinr_lightning.exporting.page import check_page, write_page

__all__ = [
    "BoundCircuit",
    "FrozenCircuit",
    "check_circuits",
    "check_page",
    "check_repository",
    "image_circuits",
    "push_folder",
    "write_for_hub",
    "write_graphs",
    "write_openqasm",
    "write_page",
]
