"""Descriptions of models in checkpoints of earlier versions, as this version would write them."""

import re
from typing import Any

MODELS = "qinr_lightning.models."
NETWORKS = "qinr_lightning.networks."
OPTIMIZATION = "qinr_lightning.optimization."


def translated(config: dict[str, Any]) -> dict[str, Any]:
    """The same model in the present terms; a description in these comes back as it is.

    Before version 0.1.0 was complete

    - a VAE without a circuit was a class of its own, ``ClassicalVAE``, without a quantum learning rate;
    - ``betas`` stood for an optimizer, and ``lr_schedule`` was ``"constant"`` or ``"linear"``;
    - generators repeated their number of quantum parameters, ``n_quantum``;
    - ``HybridGenerator`` described its circuits itself.

    Args:
        config: What ``hydra.utils.instantiate`` builds the model from, as plain Python.
    """
    config = _translated_parts(config)
    if config["_target_"] == f"{MODELS}ClassicalVAE":
        config |= {"_target_": f"{MODELS}QINRVAE", "lr_quantum": None}
    if "betas" in config:
        config["optimizer"] = {"_target_": f"{OPTIMIZATION}Adam", "betas": config.pop("betas")}
    if config.get("lr_schedule") == "constant":
        config["lr_schedule"] = None
    if config.get("lr_schedule") == "linear":
        config["lr_schedule"] = {"_target_": f"{OPTIMIZATION}LinearSchedule"}
    return config


def _translated_parts(node: Any) -> Any:
    """Generators, wherever they are inside the description."""
    if isinstance(node, list):
        return [_translated_parts(value) for value in node]
    if not isinstance(node, dict):
        return node
    node = {key: _translated_parts(value) for key, value in node.items() if key != "n_quantum"}
    if node.get("_target_") == f"{NETWORKS}HybridGenerator" and "circuit" not in node:
        circuit = {key: node.pop(key) for key in ("n_qubits", "n_reuploads", "n_blocks", "backend") if key in node}
        node["circuit"] = {
            "_target_": "qinr_lightning.quantum.ReuploadingCircuit",
            "n_reuploads": 1,
            "learnable_scales": False,
            **circuit,
        }
    return node


_NEW_SETTINGS = {
    "model.betas": "optimizer.betas",
    "model.critic.hidden_dims": "critic.hidden_dims",
    "model.critic.slope": "critic.slope",
    "generator.n_reuploads": "circuit.n_reuploads",
    "generator.n_blocks": "circuit.n_blocks",
}
_NEW_CHOICES = {
    ("model.lr_schedule", "constant"): ["lr_schedule=none"],
    ("model.lr_schedule", "linear"): ["lr_schedule=linear"],
    ("model", "vae_classical"): ["model=vae", "decoder=classical"],
    ("decoder", "tanh"): ["circuit=tanh"],
    ("decoder", "mlp"): ["circuit=mlp"],
}


def translated_overrides(overrides: list[str]) -> list[str]:
    """What was typed for an earlier version, as it would be typed today; what is typed today comes back as it is."""
    split = [override.partition("=")[::2] for override in overrides]
    stands_in = any(pair in (("decoder", "tanh"), ("decoder", "mlp")) for pair in split)
    translated: list[str] = []
    for override, (key, value) in zip(overrides, split, strict=True):
        experiment = re.fullmatch(r"paper/(mnist|emnist|fashion|celeba)_(\w+)", value) if key == "experiment" else None
        if experiment:
            translated += [f"experiment=paper/{experiment[1]}", f"model={experiment[2]}"]
        elif key == "model" and value == "vae_classical" and stands_in:
            translated.append("model=vae")
        elif (key, value) in _NEW_CHOICES:
            translated += _NEW_CHOICES[key, value]
        elif not key.endswith(".n_quantum"):
            translated.append(f"{_NEW_SETTINGS.get(key, key)}={value}" if value else override)
    return translated
