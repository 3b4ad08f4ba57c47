"""Descriptions of models in checkpoints of earlier versions, as this version would write them."""

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
