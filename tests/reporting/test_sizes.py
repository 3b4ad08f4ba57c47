import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.groups import benches
from qinr_lightning.reporting.pictures import ONE_SEED_NOTE, draw_sizes
from qinr_lightning.reporting.side_by_side import metrics_of
from qinr_lightning.reporting.sizes import draw_frontiers, frontier


@pytest.fixture
def runs(make_run, tmp_path):
    """Two kinds of decoder on two classes, two seeds: one of three sizes, its usual one among them, and one of one."""
    for label, of_class in (("T-shirt", 0.0), ("Bag", 2.0)):
        for seed in (0, 1):
            for size, psnr in ((9600, 17.0), (1750, 16.0), (600, 15.0)):
                changed = {"decoder": "coordinate"} | ({} if size == 1750 else {"decoder.n_parameters": size})
                numbers = {"parameters/decoder": size + 2, "test/psnr": psnr + of_class + seed, "test/pca_8/psnr": 12.0}
                make_run(f"c{size}{label}{seed}", label, seed=seed, changed=changed, **numbers)
            changed = {"decoder": "coordinate_siren"}
            make_run(
                f"s{label}{seed}", label, seed=seed, changed=changed, **{"parameters/decoder": 1773, "test/psnr": 14}
            )
    # A size without one of the classes has no mean to be compared.
    changed = {"decoder": "coordinate", "decoder.n_parameters": 2400}
    make_run("half", "Bag", changed=changed, **{"parameters/decoder": 2400, "test/psnr": 99})
    return collect([tmp_path]).runs


def test_each_kind_of_decoder_is_a_line_from_small_to_large(runs):
    (bench,) = benches(runs)
    (metric,) = metrics_of(runs, ["psnr"])
    lines = frontier(bench, metric)
    assert {kind: [point[:2] for point in points] for kind, points in lines.items()} == {
        "coordinate": [(602, 16.5), (1752, 17.5), (9602, 18.5)],
        "coordinate_siren": [(1773, 14.0)],
    }
    # Two classes, two seeds each that are 1 apart: variance 0.5 / 2 of a class mean, t(0.975; 2) = 4.303.
    assert lines["coordinate"][0][2] == pytest.approx(4.303 * 0.5**0.5 / 2, rel=1e-3)


def test_lines_are_named_by_what_tells_them_apart(make_run, tmp_path):
    """The settings that say most, of the decoder before others; AE and VAE are never on one line."""
    settings = {
        "one": {"decoder": "coordinate", "decoder.omega_p": 7, "model.lr_classical": 1},
        "many": {"circuit.n_qubits": 2, "decoder": "coordinate", "decoder.n_circuits": None, "model.lr_classical": 2},
        "siren": {"decoder": "coordinate_siren", "decoder.depth": 1, "model.lr_classical": 3},
    }
    for name, changed in settings.items():
        for size in (600, 1200):
            numbers = {"parameters/decoder": size, "test/psnr": size / 100}
            make_run(f"{name}{size}", changed={**changed, "decoder.n_parameters": size}, **numbers)
    runs = collect([tmp_path]).runs
    (metric,) = metrics_of(runs, ["psnr"])
    (bench,) = benches(runs)
    assert set(frontier(bench, metric)) == {"coordinate", "coordinate, n_circuits=null", "coordinate_siren"}
    make_run("usual", model="vae", **{"parameters/decoder": 471438, "test/psnr": 3.0})
    make_run("vae", model="vae", changed=settings["one"], **{"parameters/decoder": 600, "test/psnr": 5.0})
    (bench,) = benches(collect([tmp_path]).runs)
    lines = frontier(bench, metric)
    assert [len(lines[f"QINR-{kind}"]) for kind in ("AE, coordinate", "VAE, coordinate", "VAE")] == [2, 1, 1]


def test_it_is_drawn_where_there_are_sizes_to_compare(runs, make_run, tmp_path):
    assert [path.name for path in draw_frontiers(runs, tmp_path)] == ["sizes_fashion.png"]
    # A system with more classes stands beside the sizes on theirs.
    make_run("more", "Coat", changed={"decoder": "coordinate_siren"}, **{"parameters/decoder": 1773, "test/psnr": 1})
    assert [path.name for path in draw_frontiers(collect([tmp_path]).runs, tmp_path)] == ["sizes_fashion.png"]
    of_one_size = [run for run in runs if "decoder.n_parameters" not in run.settings]
    assert draw_frontiers(of_one_size, tmp_path) == []


def test_a_kind_has_one_colour_in_all_panels(monkeypatch, tmp_path):
    figures = []
    monkeypatch.setattr("qinr_lightning.reporting.pictures.save", lambda figure, path: figures.append(figure))
    point = [(600.0, 1.0, 0.1)]
    draw_sizes({"PSNR": {"AE": point, "VAE": point}, "coverage": {"VAE": point}}, {}, tmp_path / "sizes.png", "sizes")
    drawn = [
        {label: line.lines[0].get_color() for line, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        for axes in figures[0].axes
    ]
    assert drawn[0]["VAE"] == drawn[1]["VAE"] != drawn[0]["AE"]


def test_a_single_seed_is_a_ring_without_an_interval(make_run, monkeypatch, tmp_path):
    figures = []
    monkeypatch.setattr("qinr_lightning.reporting.pictures.save", lambda figure, path: figures.append(figure))
    for size in (600, 1200):
        changed = {"decoder": "coordinate", "decoder.n_parameters": size}
        make_run(str(size), changed=changed, **{"parameters/decoder": size, "test/psnr": 15.0})
    assert draw_frontiers(collect([tmp_path]).runs, tmp_path)
    (axes,) = figures[0].axes
    assert ONE_SEED_NOTE in axes.get_legend_handles_labels()[1]
    rings = [line for line in axes.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in rings] == [[600, 1200]]
