"""A table of what circuits take and what ``analyze`` has found in them, beside decoders without one."""

from collections.abc import Sequence

from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.table import Listing

_GATES = "resources/gates/"
COLUMNS = {
    "qubits": "resources/qubits",
    "gates": _GATES,
    "two-qubit gates": "resources/two_qubit_gates",
    "depth": "resources/depth",
    "circuits per image": "resources/circuits_per_image",
    "two-qubit gates on a line": "resources/line/two_qubit_gates",
    "depth on a line": "resources/line/depth",
    "flops of the layers": "cost/layer_flops",
    "its twin's": "cost/twin/layer_flops",
    "ms per image": "cost/decoder_seconds",
    "its twin's ms": "cost/twin/decoder_seconds",
    "rank, quantum": "analysis/rank/quantum",
    "entanglement": "analysis/entanglement",
    "affine share": "analysis/affine_share",
}
"""Heading and metric."""


def resources_table(runs: Sequence[Run]) -> Listing | None:
    """A row for each system and its settings on each data set; None where no run has any of the numbers.

    Means over the runs of a row.
    """
    rows = []
    kinds = sorted({(run.dataset, run.system, run.variant) for run in runs})
    for kind in kinds:
        chosen = [run for run in runs if (run.dataset, run.system, run.variant) == kind]
        cells = [_cell(chosen, key) for key in COLUMNS.values()]
        if any(cells):
            dataset, system, variant = kind
            rows.append([f"{dataset}, {system}{f', {variant}' if variant else ''}", *cells])
    if not rows:
        return None
    notes = [
        "Gates as the circuit is described; times the shots, circuits per image are what hardware executes. Means over "
        "the runs of a row.",
        "On a line: of qubits that know RZ, SX and CZ, compiled by PennyLane. These columns and those after them are "
        "filled where analyze has looked at a run.",
        "Flops: of the decoder's matrix products for one image, without those that simulate a circuit. Time: of the "
        "whole decoder for one image, the shortest of some, on the machine that has analyzed it. The twin is what "
        "analyze was given as against=FOLDER.",
        "Entanglement: Meyer and Wallach's, mean at training images. Affine share: of the variance of the expectation "
        "values at training images, what an affine map of the angles explains.",
    ]
    return Listing("resources", "Circuits and their cost", list(COLUMNS), rows, notes=notes)


def _cell(runs: Sequence[Run], key: str) -> str:
    if key == _GATES:
        names = sorted({name for run in runs for name in run.metrics if name.startswith(_GATES)})
        return ", ".join(f"{_cell(runs, name)} {name.removeprefix(_GATES)}" for name in names)
    values = [run.metrics[key] for run in runs if key in run.metrics]
    if not values:
        return ""
    mean = sum(values) / len(values) * (1000 if key.endswith("seconds") else 1)
    return f"{mean:.0f}" if mean == round(mean) else f"{mean:.3g}"
