"""Trained models in forms that others use: a folder for the Hugging Face Hub."""

from qinr_lightning.exporting.hub import check_repository, push_folder, write_for_hub

__all__ = ["check_repository", "push_folder", "write_for_hub"]
