"""Pictures of every system, the paper's figures 3 to 9 among them: losses, samples and reconstructions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qinr_lightning.paper import figure_number
from qinr_lightning.reporting.collect import Run
from qinr_lightning.reporting.curves import LOSSES, PER_IMAGE, History, Points, curves_of
from qinr_lightning.reporting.groups import Bench, Group, benches, in_order, slug, unused
from qinr_lightning.reporting.pictures import draw_curves, draw_rows
from qinr_lightning.reporting.progress import counted
from qinr_lightning.runs import HISTORY, Images, read_examples, read_history

N_COLUMNS = 10


def draw_figures(runs: Sequence[Run], out: Path) -> list[Path]:
    """Draw what the runs have to show, for each system; the lowest seed where images are shown."""
    figures: list[Path] = []
    names: set[str] = set()
    for bench, group in counted([(one, group) for one in benches(runs) for group in one.groups], "systems drawn"):
        sheet = _Sheet(bench, group, unused(slug(f"{bench.key} {group.name}"), names), out)
        histories = [(run.label, read_history(run.folder / HISTORY)) for run in in_order(group.runs)]
        for column in LOSSES:
            figures += sheet.losses(column, histories)
        examples = {label: read_examples(run.folder) for label, run in group.shown().items()}
        figures += sheet.samples(examples)
        figures += sheet.reconstructions(examples)
    return figures


@dataclass(frozen=True)
class _Sheet:
    """The figures of one system."""

    bench: Bench
    group: Group
    name: str
    """End of the names of its files."""
    out: Path

    def losses(self, column: str, histories: Sequence[tuple[str, History]]) -> list[Path]:
        curves: dict[str, list[Points]] = {}
        for label, history in histories:
            if points := curves_of(history, column):
                curves.setdefault(label, []).append(points)
        if not curves:
            return []
        path, title = self._file(column, column.replace("/", "_")), self._title(column, LOSSES[column])
        draw_curves(curves, path, title, "loss per image" if column in PER_IMAGE else "loss")
        return [path]

    def samples(self, examples: Mapping[str, dict[str, Images]]) -> list[Path]:
        rows = {label: images["samples"][:N_COLUMNS] for label, images in examples.items() if "samples" in images}
        return self._rows(rows, "samples", "Samples from the prior")

    def reconstructions(self, examples: Mapping[str, dict[str, Images]]) -> list[Path]:
        rows = {}
        for label, images in examples.items():
            if "test_images" in images:
                halves = [images[f"test_{kind}"][: N_COLUMNS // 2] for kind in ("images", "reconstructions")]
                if sum(map(len, halves)) == N_COLUMNS:
                    rows[label] = np.concatenate(halves)
        return self._rows(rows, "reconstructions", "First test images (left) and their reconstructions (right)")

    def _rows(self, rows: dict[str, Images], shows: str, what: str) -> list[Path]:
        if not rows:
            return []
        path = self._file(shows, shows)
        draw_rows(rows, path, self._title(shows, what))
        return [path]

    def _number(self, shows: str) -> str | None:
        """Of the paper's figure that shows the same."""
        is_usual = not self.group.variant and not self.bench.joint
        return figure_number(shows, self.group.runs[0].model, self.bench.dataset) if is_usual else None

    def _title(self, shows: str, what: str) -> str:
        number = self._number(shows)
        return f"{f'Figure {number}: ' if number else ''}{what}, {self.group.title}, {self.bench.title}"

    def _file(self, shows: str, kind: str) -> Path:
        number = self._number(shows)
        return self.out / f"{f'figure{number}_' if number else ''}{kind}_{self.name}.png"
