"""comparison.json, .md, .tex and .html: what a comparison has found, for programs, papers and people."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qinr_lightning.comparison.result import make_result
from qinr_lightning.comparison.runs import Needed, Plan
from qinr_lightning.comparison.sides import Setup
from qinr_lightning.reporting.page import fill_in
from qinr_lightning.reporting.table import Listing, decimals, interval, p_value, plain
from qinr_lightning.runs import write_whole

NAME = "comparison"
"""Of the files."""


def write_comparison(out: Path, name: str, setup: Setup, plans: Mapping[Needed, Plan]) -> list[str]:
    """Read the runs, compare the sides and write everything; gives what to say on the terminal.

    Args:
        out: Folder of the comparison.
        name: What it is called.
        setup: What is compared.
        plans: Where each run is.
    """
    result = make_result(name, setup, plans, out)
    tables = [*pair_tables(result), cost_table(result)]
    write_whole(out / f"{NAME}.md", _markdown(result, tables).encode())
    write_whole(out / f"{NAME}.tex", "\n".join(table.latex() for table in tables).encode())
    write_whole(out / f"{NAME}.html", _page(result, tables).encode())
    # Sides and metrics in their order.
    write_whole(out / f"{NAME}.json", (json.dumps(result, indent=2) + "\n").encode())
    return [*sentences(result), *said_once(result), *_gaps(result), f"written: {out / f'{NAME}.html'}"]


def sentences(result: Mapping[str, Any]) -> list[str]:
    """What a comparison tells, a line for each pair and metric, those beside principal components last."""
    return [
        f"{pair['a']} and {pair['b']}, {told['title']}: {told['sentence']}"
        for pair in _all_pairs(result)
        for told in pair["metrics"].values()
    ]


def said_once(result: Mapping[str, Any]) -> list[str]:
    """What is so of every difference that one seed does not tell."""
    told = [found for pair in _all_pairs(result) for found in pair["metrics"].values() if not found["told_apart"]]
    one_seed = any(all(len(of_class) == 1 for of_class in found["differences"].values()) for found in told)
    return ["With one seed it cannot be said how many seeds would tell a difference."] if one_seed else []


def _all_pairs(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of the sides, then each side and the linear reference."""
    return [*result["pairs"], *result["beside_principal_components"]]


def _gaps(result: Mapping[str, Any]) -> list[str]:
    """Runs that are missing, then numbers of samples that do not compare."""
    missing = [
        f"missing: {name}, class {gap['label']}, seed {gap['seed']}: {gap['reason']}"
        for name, side in result["sides"].items()
        for gap in side["missing"]
    ]
    return missing + [
        f"left out: {pair['a']} minus {pair['b']}, class {gap['label']}, seed {gap['seed']}, "
        f"{', '.join(gap['metrics'])}: {gap['reason']}"
        for pair in result["pairs"]
        for gap in pair["left_out"]
    ]


def pair_tables(result: Mapping[str, Any]) -> list[Listing]:
    """A table for each pair, and for each side and the linear reference: the difference in every metric."""
    return [
        Listing(
            f"{NAME}_{number}",
            f"{pair['a']} minus {pair['b']}",
            ["mean", "95 % interval", "better / same / worse", "p (Wilcoxon)", "p (Holm)", "classes", "seeds"],
            [[told["title"] + (f" ({told['unit']})" if told["unit"] else ""), *_numbers(told)]
             for told in pair["metrics"].values()],
            notes=[f"{told['title']}: {told['sentence']}." for told in pair["metrics"].values()],
        )
        for number, pair in enumerate(_all_pairs(result), start=1)
    ]  # fmt: skip


def _numbers(told: Mapping[str, Any]) -> list[str]:
    digits = told["digits"]
    return [
        _signed(told["mean"], digits), interval(told["low"], told["high"], digits),
        f"{told['wins']} / {told['ties']} / {told['losses']}",
        p_value(told["p"]), p_value(told["p_holm"]), str(told["n_classes"]), str(told["n_seeds"]),
    ]  # fmt: skip


def cost_table(result: Mapping[str, Any]) -> Listing:
    """What each side is and takes, and its means."""
    titles = {key: told for pair in result["pairs"] for key, told in pair["metrics"].items()}
    rows = []
    for name, side in result["sides"].items():
        rows.append([
            name,
            *(_count(side["parameters"][group]) for group in ("quantum", "classical", "decoder")),
            _count(side["epochs"]),
            "-" if side["fit_seconds"] is None else f"{side['fit_seconds']:.1f}",
            _count(side["trials"]),
            str(len(side["runs"])),
            *(_value(side["means"].get(key), told["digits"]) for key, told in titles.items()),
        ])  # fmt: skip
    return Listing(
        f"{NAME}_sides",
        "The sides",
        ["quantum parameters", "classical parameters", "of the decoder", "epochs", "fit (s)", "tuning trials",
         "runs", *(told["title"] for told in titles.values())],
        rows,
        notes=[result["fair"]["why"], "Fit times and metrics are means over runs; metrics are on the test split."],
    )  # fmt: skip


def difference_rows(pair: Mapping[str, Any]) -> list[list[str]]:
    """Paired differences of each metric: a class, a seed and a number in each row."""
    return [
        [told["title"], label, seed, _signed(value, told["digits"])]
        for told in pair["metrics"].values()
        for label, of_class in told["differences"].items()
        for seed, value in of_class.items()
    ]


def plots(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each metric a line for every pair: mean, interval and classes, as percentages of the width."""
    titles = {key: told for pair in result["pairs"] for key, told in pair["metrics"].items()}
    drawn = []
    for key, told in titles.items():
        pairs = [(pair, pair["metrics"][key]) for pair in result["pairs"] if key in pair["metrics"]]
        shown = {
            f"{pair['a']} minus {pair['b']}": {
                "classes": [sum(of_class.values()) / len(of_class) for of_class in found["differences"].values()],
                **{name: found[name] for name in ("mean", "low", "high") if found[name] is not None},
            }
            for pair, found in pairs
        }
        values = [0.0, *(x for line in shown.values() for value in line.values() for x in _listed(value))]
        start, width = min(values), max(values) - min(values) or 1.0
        digits = told["digits"]
        drawn.append({
            "title": told["title"], "unit": told["unit"], "lower_is_better": told["lower_is_better"],
            "zero": _percent(0.0, start, width),
            "ends": (_signed(start, digits), _signed(start + width, digits)),
            "lines": {
                name: {what: [_percent(x, start, width) for x in _listed(value)] for what, value in line.items()}
                for name, line in shown.items()
            },
        })  # fmt: skip
    return drawn


def _percent(value: float, start: float, width: float) -> str:
    return f"{3 + 94 * (value - start) / width:.2f}"


def _listed(value: float | list[float]) -> list[float]:
    return value if isinstance(value, list) else [value]


def _signed(value: float, digits: int) -> str:
    return decimals(value, digits, "+")


def _value(value: float | None, digits: int) -> str:
    return "-" if value is None else decimals(value, digits)


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}".replace(",", " ")


def _head(result: Mapping[str, Any]) -> list[str]:
    """What was compared, in a few lines."""
    sides = [f"{name}: {' '.join(side['overrides']) or 'nothing of its own'}" for name, side in result["sides"].items()]
    return [
        f"{result['model']} on {result['dataset']}, classes {', '.join(result['labels'])}, "
        f"seeds {', '.join(map(str, result['seeds']))}, test split.",
        *sides,
        f"All sides: {' '.join(result['overrides'])}.",
        *_samples(result["samples"]),
    ]


def _samples(samples: Mapping[str, Any]) -> list[str]:
    """N, and whose features."""
    if not samples["n"]:
        return []
    # Runs of earlier versions do not state weights.
    weights = {name: f" (weights {' and '.join(found)})" for name, found in samples["weights"].items() if found}
    whose = [f"{name} {' and '.join(found)}{weights.get(name, '')}" for name, found in samples["features"].items()]
    features = f"; features of the {', '.join(whose)}" if whose else ""
    return [f"Samples: N = {samples['n']}{features}."]


NOTES = [
    "A difference is the first side minus the second, between runs of the same class and seed. Better, same and worse "
    "count the classes on which the first side is the better one; of a distance, the lower is better.",
    "Intervals: hierarchical bootstrap over classes, then seeds, percentiles stretched to Student's t with one degree "
    "of freedom less than there are classes. Wilcoxon's signed-rank test is over classes, Holm's correction over the "
    "metrics of a pair.",
    "PCA with 8 components: fitted to the same training images, as many numbers as the latent vector usually has.",
]


def _markdown(result: Mapping[str, Any], tables: Sequence[Listing]) -> str:
    head = [*_head(result), *NOTES, *said_once(result)]
    lines = [f"# {plain(result['name'])}\n", *(f"- {plain(line)}" for line in head), ""]
    gaps = _gaps(result)
    if gaps:
        lines += ["## Missing runs and pairs\n", *(f"- {plain(line)}" for line in gaps), ""]
    versions = ", ".join(f"{name} {value}" for name, value in sorted(result["versions"].items()))
    return "\n".join([*lines, *(table.markdown() for table in tables), f"Versions: {plain(versions)}.\n"])


def _page(result: Mapping[str, Any], tables: Sequence[Listing]) -> str:
    return fill_in(
        Path(__file__).with_name("page.html.j2"),
        result=result,
        head=_head(result),
        notes=NOTES,
        once=said_once(result),
        gaps=_gaps(result),
        tables=tables,
        plots=plots(result),
        differences=[(pair, difference_rows(pair)) for pair in result["pairs"]],
    )
