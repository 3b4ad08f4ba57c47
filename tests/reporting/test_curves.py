import pytest

from qinr_lightning.reporting import collect
from qinr_lightning.reporting.curves import HEIGHT, N_POINTS, WIDTH, loss_charts
from qinr_lightning.reporting.groups import benches


def write_history(folder, losses):
    rows = [f"{epoch},{loss},{loss}" for epoch, loss in enumerate(losses, start=1)]
    (folder / "metrics.csv").write_text("\n".join(["epoch,loss/reconstruction,loss/total", *rows]) + "\n")


def points(line):
    return [tuple(map(float, point.split(","))) for point in line.split()]


def test_all_systems_have_the_same_axes_and_an_autoencoders_total_is_not_shown_twice(make_run, tmp_path):
    write_history(make_run("0"), [300, 100])
    write_history(make_run("1", label="Trouser", changed={"circuit.n_reuploads": 3}), [200, 150])
    (bench,) = benches(collect([tmp_path]).runs)
    (loss,) = loss_charts(bench)
    assert loss.title == "reconstruction loss"
    lines = {chart.name: chart.lines for chart in loss.charts}
    ((index, line),) = lines["QINR-AE"]
    assert (index, points(line)) == (0, [(0, 0), (WIDTH, HEIGHT)])
    ((index, line),) = lines["n_reuploads=3"]
    assert (index, points(line)) == (1, [(0, HEIGHT / 2), (WIDTH, pytest.approx(0.75 * HEIGHT, abs=0.1))])


def test_long_histories_are_thinned_and_keep_their_end(make_run, tmp_path):
    write_history(make_run("0"), [1000 - epoch for epoch in range(1000)])
    (bench,) = benches(collect([tmp_path]).runs)
    ((_, line),) = loss_charts(bench)[0].charts[0].lines
    assert len(points(line)) <= N_POINTS + 1
    assert points(line)[-1] == (WIDTH, HEIGHT)


def test_a_history_of_one_epoch_has_a_place(make_run, tmp_path):
    write_history(make_run("0"), [300])
    (bench,) = benches(collect([tmp_path]).runs)
    ((_, line),) = loss_charts(bench)[0].charts[0].lines
    assert len(points(line)) == 1
