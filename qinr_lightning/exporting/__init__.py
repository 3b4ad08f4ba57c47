"""Trained models in forms that others use: files without their run, circuits of an image, graphs."""

from qinr_lightning.exporting.circuits import BoundCircuit, check_circuits, image_circuits, write_openqasm
from qinr_lightning.exporting.frozen_circuit import FrozenCircuit
from qinr_lightning.exporting.graphs import write_graphs
from qinr_lightning.exporting.hub import check_repository, push_folder, write_for_hub

__all__ = [
    "BoundCircuit",
    "FrozenCircuit",
    "check_circuits",
    "check_repository",
    "image_circuits",
    "push_folder",
    "write_for_hub",
    "write_graphs",
    "write_openqasm",
]
