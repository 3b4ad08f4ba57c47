"""Pictures of what ``analyze`` has found: spectra of images, the circuit's Fourier series, its states and gradients."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qinr_lightning.reporting.pictures import new_figure, save
from qinr_lightning.runs import CIRCUIT, FOURIER, SPECTRUM

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 24
"""Most angles of a circuit whose series are drawn."""


def draw_analysis(found: Mapping[str, Any], folder: Path, title: str) -> list[str]:
    """Draw the pictures of an analysis into a folder.

    Args:
        found: What analysis.json holds.
        folder: Where they go.
        title: What was trained on.

    Returns:
        The names of the files.
    """
    draw_spectrum(found, folder / SPECTRUM, title)
    if "circuit" not in found:
        return [SPECTRUM]
    draw_fourier(found["circuit"], folder / FOURIER, title)
    draw_circuit(found, folder / CIRCUIT, title)
    return [SPECTRUM, FOURIER, CIRCUIT]


def draw_spectrum(found: Mapping[str, Any], path: Path, title: str) -> None:
    """Power and explained variance of reconstructions by spatial frequency, of features where there are some."""
    twin = found.get("against")
    figure = new_figure(9.6 if "features" in found else 6.8, 3.2)
    power, explained, *others = figure.subplots(1, 3 if "features" in found else 2)
    for name, values in found["images"]["power"].items():
        power.semilogy(values, label=name, color="black" if name == "images" else None)
    for name, values in found["images"]["explained"].items():
        explained.plot(values, label=name)
    if twin is not None:
        power.semilogy(twin["images"]["power"]["reconstructions"], "--", label="twin's reconstructions")
        explained.plot(twin["images"]["explained"]["reconstructions"], "--", label="twin's reconstructions")
    power.set(title="power", xlabel="cycles per image")
    explained.set(title="share of variance explained", xlabel="cycles per image", ylim=(-0.1, 1))
    for axes in others:
        # Their mean over the image is taken off.
        frequencies = range(1, len(found["features"]))
        axes.semilogy(frequencies, found["features"][1:], label="features")
        if twin is not None and "features" in twin:
            axes.semilogy(frequencies, twin["features"][1:], "--", label="twin's features")
        axes.set(title="power of the features, share", xlabel="cycles per image")
    for axes in (power, explained, *others):
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=6)
        axes.set_title(axes.get_title(), fontsize=8)
    figure.suptitle(f"Test images and reconstructions by spatial frequency, {title}", fontsize=9, wrap=True)
    save(figure, path)


def draw_fourier(circuit: Mapping[str, Any], path: Path, title: str) -> None:
    """Root mean square amplitude of each frequency in each of the circuit's angles; reachable ones are grey."""
    series = circuit["fourier"][:_SHOWN]
    n_columns = min(6, len(series))
    n_rows = -(-len(series) // n_columns)
    figure = new_figure(1.6 * n_columns + 0.4, 1.6 * n_rows + 0.6)
    grid = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    for number, axes in enumerate(grid.flat):
        if number >= len(series):
            axes.axis("off")
            continue
        one = series[number]
        for frequency in one.get("reachable", []):
            if frequency >= 0:
                axes.axvline(frequency, color="lightgrey", linewidth=0.8, zorder=0)
        axes.set_title(f"angle {number}", fontsize=7)
        if "frequencies" in one:
            axes.vlines(one["frequencies"], 0, one["amplitudes"])
            axes.plot(one["frequencies"], one["amplitudes"], ".", markersize=4)
        axes.tick_params(labelsize=6)
        axes.grid(alpha=0.3)
    figure.supxlabel("frequency (1/rad)", fontsize=8)
    figure.supylabel("amplitude", fontsize=8)
    figure.suptitle(f"Fourier series of the expectation values, {title}", fontsize=9, wrap=True)
    save(figure, path)


def draw_circuit(found: Mapping[str, Any], path: Path, title: str) -> None:
    """Entanglement, fidelities, gradients and singular values of the Jacobian."""
    circuit = found["circuit"]
    figure = new_figure(7.0, 5.4)
    ((states, pairs), (gradients, singular)) = figure.subplots(2, 2)
    entanglement = circuit["entanglement"]
    states.hist(entanglement["at_images"], bins=20, range=(0, 1), color="tab:blue", label="at training images")
    states.axvline(entanglement["random"], color="tab:orange", label="random parameters, mean")
    states.axvline(entanglement["haar"], color="black", linestyle=":", label="Haar-random states, mean")
    states.set(title="entanglement (Meyer-Wallach Q)", xlabel="Q", ylabel="states")
    _histograms(pairs, circuit["fidelities"])
    gradients.bar(range(len(circuit["gradients"]["layers"])), circuit["gradients"]["layers"])
    gradients.axhline(circuit["gradients"]["plateau"], color="black", linestyle=":", label="barren plateau")
    gradients.set(title="variance of gradients, random parameters", xlabel="parameter layer")
    gradients.set_xticks(range(len(circuit["gradients"]["layers"])))
    for name, values in found["jacobian"].items():
        shown = [max(value, 1e-17) for value in values["singular_values"]]
        label = f"{name}: rank {values['rank']} of {values['parameters']}"
        singular.semilogy(range(1, len(shown) + 1), shown, label=label)
    singular.set(title="singular values of the Jacobian", xlabel="number")
    for axes in (states, pairs, gradients, singular):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=6)
        axes.set_title(axes.get_title(), fontsize=8)
    figure.suptitle(f"The circuit's states and parameters, {title}", fontsize=9, wrap=True)
    save(figure, path)


def _histograms(axes: "Axes", fidelities: Mapping[str, list[float]]) -> None:
    names = {
        "at_images": "two training images",
        "random": "two draws of parameters",
        "haar": "Haar-random states",
    }
    for name, label in names.items():
        values = fidelities[name]
        shares = [1 / len(values)] * len(values)
        axes.hist(values, bins=40, range=(0, 1), weights=shares, histtype="step", label=label)
    axes.set(title="fidelities of pairs of states", xlabel="fidelity", ylabel="share")
