"""The systems that the paper compares, by its names, and how a run is told to be of one."""

from collections.abc import Mapping
from typing import NamedTuple

SYSTEMS = {
    "ae": "QINR-AE",
    "vae": "QINR-VAE",
    "pqwgan": "PQWGAN",
    "anogan": "Quantum AnoGAN",
    "qinr_qgan": "QINR-QGAN",
}
"""By ``model=...``."""

OF_OUR_OWN = {"vae_gan": "QINR-VAE/GAN"}
"""Systems that the paper does not have, by ``model=...``."""

CLASSICAL = {"ae": "classical AE", "vae": "classical VAE", "vae_gan": "classical VAE/GAN"}
"""The same models with a decoder that has no quantum circuit (appendix C), by ``model=...``."""

CLASSICAL_DECODERS = ("classical", "coordinate_mfn", "coordinate_mlp", "coordinate_rff", "coordinate_siren")
"""Those without a circuit, by ``decoder=...``."""


def classical_decoder(choices: Mapping[str, str]) -> str | None:
    """What a model has in place of the QINR decoder or its circuit: ``classical``, ``tanh``, ...; None for these.

    Args:
        choices: What was chosen from each group of the configuration.
    """
    decoder = choices.get("decoder")
    if decoder in CLASSICAL_DECODERS:
        return decoder
    circuit = choices.get("circuit")
    return circuit if circuit in ("tanh", "mlp") else None


def system_name(choices: Mapping[str, str]) -> str:
    """The model by its name, in the paper where it has it, and, where it has several, its recipe: ``PQWGAN (tuned)``.

    Args:
        choices: What was chosen from each group of the configuration.
    """
    names = SYSTEMS | OF_OUR_OWN | ({} if classical_decoder(choices) is None else CLASSICAL)
    name, recipe = names.get(choices["model"], choices["model"]), choices.get("recipe")
    return f"{name} ({recipe})" if recipe else name


class TableRow(NamedTuple):
    """Whose numbers a row of tables 1 to 12 has, and of what."""

    system: str
    is_prior: bool
    """Of samples rather than of reconstructions."""


TABLE_ROWS = {
    "PQWGAN": TableRow("PQWGAN", True),
    "Quantum AnoGAN": TableRow("Quantum AnoGAN", True),
    "QINR-QGAN": TableRow("QINR-QGAN", True),
    "QINR-VAE": TableRow("QINR-VAE", True),
    "QINR-VAE (prior)": TableRow("QINR-VAE", True),
    "QINR-VAE (recons)": TableRow("QINR-VAE", False),
    "QINR-AE": TableRow("QINR-AE", False),
}
"""By the row's name."""
