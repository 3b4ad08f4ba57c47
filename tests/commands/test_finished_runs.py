"""evaluate, sample and report as a user types them, on a sweep that is trained once."""

import csv
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qinr_lightning import report
from qinr_lightning.data import ClassSubsetDataModule, Digits, to_unit
from qinr_lightning.quantum import PennyLaneBackend
from qinr_lightning.runs import read_json, write_results
from qinr_lightning.settings import call_target
from qinr_lightning.train import train
from tests.conftest import exit_status

SMALL = ["model.encoder.channels=[4,8]", "dataset.samples_per_class=40", "trainer.max_epochs=1"]
QUICK = ["extractor.steps=20", "extractor.channels=[8,16]"]


def evaluate(*arguments):
    return exit_status(call_target, "evaluate", *arguments)


def sample(*arguments):
    return exit_status(call_target, "sample", *arguments)


def make_report(*arguments):
    return exit_status(call_target, "report", *report.folders_as_setting(list(arguments)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two classes of digits with both models, an epoch each."""
    folder = tmp_path_factory.mktemp("trained")
    arguments = ["-m", *SMALL, "model=ae,vae", "dataset.label=0,1", f"hydra.sweep.dir={folder}/sweep"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_status(train, "train", *arguments) == 0
    return folder / "sweep"


@pytest.fixture
def sweep(trained, tmp_path, monkeypatch):
    """A copy to work on, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QINR_CACHE_DIR", str(trained.parent / "cache"))
    return Path(shutil.copytree(trained, tmp_path / "sweep"))


def metrics_of(folder):
    return read_json(folder / "metrics.json")


def test_evaluation_adds_to_what_training_has_measured(sweep, capsys):
    before = metrics_of(sweep / "2")
    assert evaluate(f"run={sweep}", *QUICK) == 0
    after = metrics_of(sweep / "2")
    assert {name: after[name] for name in before} == before
    for name in ("samples", "real", "mean_image"):
        assert after[f"train/{name}/classifier/frechet"] > 0
    Image.open(sweep / "2/nearest.png").verify()
    assert not (sweep / "0/nearest.png").exists()
    output = capsys.readouterr().out
    assert "Frechet distance" in output
    assert str(sweep / "3") in output


def test_metrics_of_another_number_of_samples_do_not_stay_beside_the_new_ones(sweep):
    for label in ([], ["sampler=kde"]):
        assert evaluate(f"run={sweep}/2", "n_samples=30", *label, *QUICK) == 0
    assert evaluate(f"run={sweep}/2", "n_samples=40", "references=[test]", "extractor=none") == 0
    after = metrics_of(sweep / "2")
    assert (after["test/samples/n"], after["train/samples/n"]) == (40, 30)
    assert {f"{place}/samples/classifier/frechet" for place in ("train", "kde/test", "kde/train")} <= set(after)
    assert not [name for name in after if name.startswith("test/") and "classifier" in name]


def test_a_sampler_is_measured_against_all_training_images_too(sweep):
    assert evaluate(f"run={sweep}/2", "n_samples=30", "references=[train_all]", "sampler=kde", "extractor=none") == 0
    assert metrics_of(sweep / "2")["kde/train_all/samples/n"] == 30


def test_features_of_another_extractor_do_not_stay_beside_the_new_ones(sweep):
    for label in ([], ["sampler=kde"]):
        assert evaluate(f"run={sweep}/2", "n_samples=30", *label, *QUICK) == 0
    before = metrics_of(sweep / "2")
    assert before["kde/classifier/hash"] == before["classifier/hash"]
    assert evaluate(f"run={sweep}/2", "n_samples=30", "references=[test]", *QUICK[1:], "extractor.steps=10") == 0
    after = metrics_of(sweep / "2")
    assert after["classifier/hash"] != before["classifier/hash"]
    assert not [name for name in after if name.startswith("train/") and "classifier" in name]
    of_label = {name: value for name, value in before.items() if name.startswith("kde/")}
    assert {name: after[name] for name in of_label} == of_label


def test_evaluation_under_noise_has_names_of_its_own(sweep):
    before = metrics_of(sweep / "0")
    pictures = (sweep / "0/examples.npz").read_bytes()
    for probability in (0.0, 0.75):
        noise = ["noise=depolarizing", f"noise.probability={probability}"]
        assert evaluate(f"run={sweep}/0", "extractor=none", *noise) == 0
    after = metrics_of(sweep / "0")
    assert {name: after[name] for name in before} == before
    assert (sweep / "0/examples.npz").read_bytes() == pictures
    assert set(after) - set(before) == {
        f"depolarizing_{p}/{split}/{name}"
        for p in ("0", "0.75") for split in ("train", "test") for name in ("psnr", "ssim", "cosine")
    }  # fmt: skip
    assert after["depolarizing_0/test/psnr"] == pytest.approx(before["test/psnr"], abs=1e-3)
    # Every gate leaves nothing of what was before: all images are the same one.
    assert abs(after["depolarizing_0.75/test/psnr"] - before["test/psnr"]) > 1e-3


def test_evaluation_with_shots_has_names_of_its_own_and_repeats(sweep):
    before = metrics_of(sweep / "0")
    shots = ["backend=statevector", "backend.shots=64"]
    assert evaluate(f"run={sweep}/0", "extractor=none", *shots) == 0
    first = metrics_of(sweep / "0")
    assert evaluate(f"run={sweep}/0", "extractor=none", *shots) == 0
    assert metrics_of(sweep / "0") == first
    assert {name: first[name] for name in before} == before
    assert {name.split("/")[0] for name in set(first) - set(before)} == {"shots_64"}
    assert abs(first["shots_64/test/psnr"] - before["test/psnr"]) > 1e-4
    assert evaluate(f"run={sweep}/0", "extractor=none", *shots, "noise=readout_error") == 0
    assert "readout_error_0.01/shots_64/test/psnr" in metrics_of(sweep / "0")


def test_training_with_shots_goes_on_as_if_it_had_not_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shots = ["model=ae", *SMALL[:2], "circuit.n_qubits=2", "backend.shots=64"]
    assert exit_status(train, "train", *shots, "trainer.max_epochs=2", "hydra.run.dir=whole") == 0
    assert exit_status(train, "train", *shots, "trainer.max_epochs=1", "hydra.run.dir=parts") == 0
    assert exit_status(train, "train", "resume=parts", "trainer.max_epochs=2") == 0
    whole, parts = (metrics_of(Path(name)) for name in ("whole", "parts"))
    del whole["time/fit_seconds"], parts["time/fit_seconds"]
    assert parts == whole


def test_a_device_is_asked_once_and_only_when_that_is_confirmed(sweep, capsys, monkeypatch):
    folder = sweep / "0"
    before = metrics_of(folder)
    device = [f"run={folder}", "extractor=none", "backend=pennylane", "backend.device=lightning.qubit",
              "backend.shots=20"]  # fmt: skip
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(PennyLaneBackend, "is_local", False)
        assert evaluate(*device) == 2
        output = capsys.readouterr()
        n = before["train/n"] + before["test/n"]
        cost = f"{n} circuits of 20 shots, {20 * n} shots in all"
        assert output.err == (
            f"error: confirm=false: lightning.qubit is not on this machine and may cost money: {cost}; "
            "confirm=true sends them\n"
        )
        assert metrics_of(folder) == before
        assert not (folder / "device_results.json").exists()
        assert exit_status(train, "train", "backend=pennylane", "backend.device=lightning.qubit") == 2
        assert "backend.device=lightning.qubit: is not on this machine" in capsys.readouterr().err
        assert evaluate(*device, "confirm=true") == 0
    after = metrics_of(folder)
    assert cost in capsys.readouterr().out
    assert {name.rpartition("/")[0] for name in set(after) - set(before)} == {
        "lightning.qubit/shots_20/train", "lightning.qubit/shots_20/test"
    }  # fmt: skip
    assert len(read_json(folder / "device_results.json")) == n
    # Without a seed another measurement would give other numbers.
    assert evaluate(*device) == 0
    assert "0 circuits" in capsys.readouterr().out
    assert metrics_of(folder) == after


def test_curves_of_a_run_and_of_all_of_a_folder(sweep, capsys):
    shutil.rmtree(sweep / "2")
    shutil.rmtree(sweep / "3")
    before = metrics_of(sweep / "0")
    assert evaluate(f"run={sweep}/0", "curve=shots", "curve.shots=[65536,4]") == 0
    assert evaluate(f"run={sweep}", "curve=noise", "curve.probabilities=[0,0.75]") == 0
    assert metrics_of(sweep / "0") == before
    of_run, of_folder = (read_json(folder / "hardware.json")["curves"] for folder in (sweep / "0", sweep))
    assert [curve["curve"] for curve in of_run] == ["shots", "depolarizing"]
    assert [curve["data"] for curve in of_folder] == ["digits 0", "digits 1"]
    assert of_folder[0] == of_run[1]
    few, many = of_run[0]["points"]
    assert (few["x"], few["executions"], few["shots"]) == (4, 1, 4)
    none, all_lost = of_run[1]["points"]
    for metric in ("train/psnr", "test/ssim", "test/cosine"):
        assert of_run[0]["as_trained"][metric] == pytest.approx(before[metric])
        assert many[metric] == pytest.approx(before[metric], abs=3e-3)
        assert none[metric] == pytest.approx(before[metric], abs=1e-3)
    for other in (few, all_lost):  # One number may be the same by chance.
        assert max(abs(other[metric] - before[metric]) for metric in ("train/psnr", "test/psnr", "train/ssim")) > 1e-3
    for folder in (sweep, sweep / "0", sweep / "1"):
        Image.open(folder / "hardware.png").verify()
    assert "PSNR" in capsys.readouterr().out


def test_a_curve_of_values_that_are_extrapolated_to_no_noise(sweep, monkeypatch, capsys):
    place, curve = f"run={sweep}/0", ["curve=noise", "curve.probabilities=[0.001]", "curve.n_images=3"]
    mitigated = ["backend=pennylane", "backend.device=default.mixed", "backend.zne=[1,3]"]
    assert evaluate(place, *curve) == 0
    assert evaluate(place, *curve, *mitigated) == 0
    noisy, extrapolated = read_json(sweep / "0/hardware.json")["curves"]
    assert extrapolated["curve"] == "depolarizing on default.mixed/zne_1_3"
    assert [of["points"][0]["executions"] for of in (noisy, extrapolated)] == [1, 2]
    assert noisy["as_trained"] == extrapolated["as_trained"]
    lost, still_lost = (
        abs(of["points"][0]["test/cosine"] - of["as_trained"]["test/cosine"]) for of in (noisy, extrapolated)
    )
    assert still_lost < 0.3 * lost
    monkeypatch.chdir(sweep)
    assert exit_status(train, "train", *mitigated) == 2
    assert "backend.zne=[1, 3]: must be null: it is for `evaluate`" in capsys.readouterr().err


def test_training_ends_with_the_curve_of_an_experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["experiment=hardware/noise", "noise=phase_damping", "circuit.n_qubits=3", *SMALL]
    assert exit_status(train, "train", *arguments, "curve.probabilities=[0.01]", "hydra.run.dir=noisy") == 0
    (curve,) = read_json(Path("noisy/hardware.json"))["curves"]
    assert (curve["curve"], curve["trained_under"]) == ("depolarizing", "phase_damping_0.01")
    assert curve["as_trained"]["test/psnr"] == pytest.approx(metrics_of(Path("noisy"))["test/psnr"])
    assert curve["points"][0]["test/psnr"] != curve["as_trained"]["test/psnr"]


def test_a_curve_needs_an_autoencoder_with_a_circuit(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for arguments in (["model=qinr_qgan"], ["circuit=tanh"]):
        assert exit_status(train, "train", "experiment=hardware/shots", *arguments) == 2
        assert "must be null: a curve needs an autoencoder with a circuit of gates" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())


def test_evaluation_says_when_a_checkpoint_gives_other_numbers(sweep, capsys):
    numbers = metrics_of(sweep / "0")
    write_results(sweep / "0", numbers | {"train/psnr": numbers["train/psnr"] + 1})
    assert evaluate(f"run={sweep}/0", "extractor=none") == 0
    assert "train/psnr was" in capsys.readouterr().out
    assert metrics_of(sweep / "0") == numbers


def test_the_seed_of_a_run_is_its_own_whatever_seeds_its_parts_have(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seeds = ["seed=3", "dataset.seed=1"]
    assert exit_status(train, "train", *SMALL, "model=ae", *seeds, "hydra.run.dir=run") == 0
    assert metrics_of(Path("run"))["seed"] == 3
    assert read_json(Path("run/run.json"))["changed"]["dataset.seed"] == 1
    assert evaluate("run=run", "extractor=none") == 0
    assert metrics_of(Path("run"))["seed"] == 3


def test_evaluation_does_not_take_the_numbers_of_another_run(sweep, capsys):
    shutil.copy(sweep / "1/metrics.json", sweep / "0/metrics.json")
    assert evaluate(f"run={sweep}/0", "extractor=none") == 2
    assert capsys.readouterr().err == (
        f"error: run={sweep}/0: its metrics.json is not what this run has written; "
        f"train resume={sweep}/0 measures it again\n"
    )
    assert metrics_of(sweep / "0") == metrics_of(sweep / "1")


def test_evaluation_goes_on_past_a_run_without_a_checkpoint(sweep, capsys):
    (sweep / "0/checkpoints/last.ckpt").unlink()
    assert evaluate(f"run={sweep}", "extractor=none") == 0
    assert f"{sweep}/0 was left out" in capsys.readouterr().out
    assert evaluate(f"run={sweep}/0") == 2
    assert "must be a checkpoint or a run folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("n_samples=1", "n_samples=1: must be greater than or equal to 2"),
        ("references=[valid]", "references=['valid']: must be 'train', 'test' or 'train_all'"),
        ("references=[]", "references=[]: "),
        ("n_sample=5", "n_sample=5: no such setting; did you mean n_samples?"),
        ("noise=device noise.t1=0", "noise.t1=0: must be greater than 0"),
        (
            "noise.probability=0.5",
            "noise.probability=0.5: no such setting as long as noise is null; noise=NAME chooses",
        ),
        ("noise=depolarizing noise.probability=1.5", "noise.probability=1.5: must be less than or equal to 1"),
        ("backend=statevector backend.shots=0", "backend.shots=0: must be greater than or equal to 1"),
        ("backend=pennylane backend.device=no.qubit", "backend.device=no.qubit: PennyLane has no such device here"),
        ("backend=pennylane noise=depolarizing", "noise=depolarizing_0.01: device default.qubit has no noise channels"),
        ("curve=shots curve.shots=[0]", "curve.shots=[0]: must be greater than or equal to 1"),
        ("curve=noise noise=device", "noise=device: must be none: the curve of depolarizing has its own"),
        ("noise=hail", "noise=hail: no such choice; known here: amplitude_damping, depolarizing, device"),
        ("extractor=vgg", "extractor=vgg: no such choice; known here: classifier, inception, none"),
        ("extractor.steps=0", "extractor.steps=0: must be greater than or equal to 1"),
        ("run=nowhere", "run=nowhere: must be a run folder, with .hydra/config.yaml, or hold some"),
    ],
)
def test_a_wrong_setting_gets_one_line(sweep, capsys, argument, message):
    given = [] if argument.startswith("run=") else [f"run={sweep}"]
    assert evaluate(*given, *argument.split()) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error


@pytest.mark.parametrize(
    ("arguments", "n"), [(["n=7"], 7), (["kind=interpolation", "n=5"], 5), (["kind=traversal", "n=3"], 8 * 3)]
)
def test_samples_of_each_kind(sweep, arguments, n):
    for _ in range(2):
        assert sample(f"run={sweep}/2", *arguments, "out=images") == 0
        (archive,) = Path("images").glob("samples_*.npz")
        images = np.load(archive)["images"]
        assert images.shape == (n, 1, 28, 28)
        assert (images >= 0).all()
        assert (images <= 1).all()
    Image.open(archive.with_suffix(".png")).verify()


def test_an_interpolation_ends_at_the_reconstructions(sweep):
    assert sample(f"run={sweep}/0", "kind=interpolation", "n=4", "images=[3,5]") == 0
    path = np.load(sweep / "0/samples_interpolation.npz")["images"]
    known = np.load(sweep / "0/examples.npz")["train_reconstructions"] / 255
    assert path[[0, -1]] == pytest.approx(known[[3, 5]], abs=0.003)


def test_another_seed_gives_other_samples(sweep):
    drawn = []
    for seed in (0, 0, 1):
        assert sample(f"run={sweep}/2", f"seed={seed}", "n=2") == 0
        drawn.append(np.load(sweep / "2/samples_prior.npz")["images"])
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_an_autoencoder_has_no_prior_and_a_short_list_of_images_is_refused(sweep, capsys):
    assert sample(f"run={sweep}/0") == 2
    assert "sampler=prior: QINRAutoencoder has no prior to sample from; sampler=gmm" in capsys.readouterr().err
    assert sample(f"run={sweep}/0", "kind=interpolation", "images=[0,9999]") == 2
    assert "images=[0, 9999]: interpolation needs 2 of the positions 0 to" in capsys.readouterr().err


@pytest.mark.parametrize("sampler", ["gmm", "kde"])
def test_an_autoencoder_samples_from_what_is_fitted_to_its_latents(sweep, sampler):
    drawn = []
    for folder, seed in (("0", 0), ("0", 0), ("0", 1), ("2", 0)):  # Of the AE and the VAE.
        assert sample(f"run={sweep}/{folder}", f"sampler={sampler}", f"seed={seed}", "n=20", "out=images") == 0
        drawn.append(np.load(f"images/samples_{sampler}.npz")["images"])
    assert drawn[0].shape == (20, 1, 28, 28)
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_evaluation_of_a_sampler_has_names_of_its_own(sweep, capsys):
    before = metrics_of(sweep / "0")
    assert evaluate(f"run={sweep}/0", "sampler=gmm", "sampler.n_components=3", "n_samples=30", *QUICK) == 0
    after = metrics_of(sweep / "0")
    assert {name: after[name] for name in before} == before
    added = set(after) - set(before)
    assert "gmm_3/test/samples/classifier/frechet" in added
    own = {f"gmm_3/classifier/{fact}" for fact in ("hash", "weights", "accuracy")}
    assert added >= own
    assert all(name.startswith(("gmm_3/train/samples/", "gmm_3/test/samples/")) for name in added - own)
    assert make_report(f"{sweep}/0", "out=report") == 0
    with Path("report/tables/drawn_otherwise.csv").open(newline="") as file:
        shown = [row for row in csv.DictReader(file) if "gmm_3" in row["row"]]
    (frechet,) = [float(row["value"]) for row in shown if row["column"] == "Frechet (classifier)"]
    assert frechet == after["gmm_3/test/samples/classifier/frechet"]
    assert evaluate(f"run={sweep}/0", "sampler=gmm", "sampler.n_components=1000", "extractor=none") == 2
    assert "sampler.n_components=1000: must be at most 40, the training images" in capsys.readouterr().err
    assert sample(f"run={sweep}/0", "sampler=gmm", "kind=interpolation") == 2
    assert "sampler=gmm: kind=interpolation draws nothing" in capsys.readouterr().err


def test_a_report_names_what_is_missing_and_writes_everything_else(sweep, capsys):
    (sweep / "1/metrics.json").write_text("{")
    (sweep / "3/metrics.json").unlink()
    assert make_report(str(sweep)) == 0
    folder = sweep / "report"
    page = (folder / "report.html").read_text()
    for text in (page, capsys.readouterr().out, (folder / "tables.md").read_text()):
        assert f"{sweep}/1: cannot be read (metrics.json is no JSON" in text.replace("</code>", "")
        assert f"{sweep}/3: not finished: there is no metrics.json" in text.replace("</code>", "")
    assert "http" not in page
    assert {path.name for path in (folder / "tables").iterdir()} >= {"means_digits.csv", "means_digits.tex"}
    assert make_report(str(sweep), "out=elsewhere") == 0
    assert Path("elsewhere/report.html").exists()


def test_words_after_options_are_no_folders():
    assert report.folders_as_setting(["--cfg", "job", "a"]) == ["--cfg", "job", "runs=['a']"]
    assert report.folders_as_setting(["--help"]) == ["--help"]


def test_a_report_of_nothing_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert make_report("nowhere") == 2
    assert "runs=nowhere: must be a run folder" in capsys.readouterr().err
    assert make_report() == 2
    assert capsys.readouterr().err == (
        "error: runs=[]: needs folders, such as python -m qinr_lightning.report multirun/2026-01-01/12-00-00\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_page_in_a_browser(sweep, tmp_path, browser):
    assert make_report(str(sweep)) == 0
    page = (sweep / "report/report.html").as_uri()
    document = subprocess.run([*browser, "--dump-dom", page], capture_output=True, text=True, timeout=600).stdout
    assert "<h1>QINR autoencoders: results</h1>" in document
    assert document.count("<table>") >= 1
    subprocess.run([*browser, f"--print-to-pdf={tmp_path}/page.pdf", page], check=True, timeout=600)
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_a_failed_job_does_not_stop_the_others_and_can_be_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    broken = ["-m", *SMALL, "model=ae", "dataset.label=1,2", "hydra.sweep.dir=sweep"]

    def failing(config):
        if config.dataset.label == 1:
            # Adam's first step makes parameters of about this size, near the largest number of single precision.
            config.model.lr_classical = 3e38
        return train(config)

    assert exit_status(failing, "train", *broken) == 1
    error = capsys.readouterr().err
    assert "1 of 2 jobs failed, 1 finished" in error
    assert "sweep/0: FloatingPointError: loss/total of epoch 1 is nan" in error
    again = next(line for line in error.splitlines() if "python -m qinr_lightning.train" in line)
    assert "Traceback" not in error
    assert (Path("sweep/0/error.txt")).read_text().startswith("Traceback")
    assert metrics_of(Path("sweep/1"))["dataset/label"] == 2
    assert exit_status(train, "train", *shlex.split(again)[3:]) == 0
    assert metrics_of(Path("sweep/0"))["dataset/label"] == 1
    assert not Path("sweep/0/error.txt").exists()


@pytest.fixture(scope="module")
def coordinates(tmp_path_factory):
    """A VAE with a coordinate decoder, trained for an epoch on digits of 14 x 14 pixels."""
    folder = tmp_path_factory.mktemp("coordinates")
    settings = ["experiment=superresolution", "dataset=digits", "model=vae", "decoder=coordinate_siren", *SMALL]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_status(train, "train", *settings, "hydra.run.dir=run") == 0
    return folder / "run"


def test_images_of_any_size_from_a_coordinate_decoder(coordinates, tmp_path):
    def images(*arguments):
        assert sample(f"run={coordinates}", "n=6", f"out={tmp_path}", *arguments) == 0
        return np.load(next(tmp_path.glob("*.npz")))["images"]

    native, larger, smaller = images(), images("resolution=42"), images("resolution=7")
    assert (native.shape, larger.shape, smaller.shape) == ((6, 1, 14, 14), (6, 1, 42, 42), (6, 1, 7, 7))
    np.testing.assert_allclose(larger[..., 1::3, 1::3], native, atol=1e-5)
    np.testing.assert_allclose(native.reshape(6, 1, 7, 2, 7, 2).mean((3, 5)), smaller, atol=1e-6)
    for path in tmp_path.glob("*"):
        path.unlink()
    assert images("kind=traversal", "resolution=20").shape == (8 * 6, 1, 20, 20)


def test_a_decoder_of_one_size_says_so(trained, coordinates, capsys):
    assert sample(f"run={trained / '0'}", "kind=interpolation", "resolution=112") == 2
    assert capsys.readouterr().err == (
        "error: resolution=112: QINRDecoder has images of one size; "
        "decoder=coordinate, generator=coordinate and their twins have any\n"
    )
    assert sample(f"run={coordinates}", "n=1000", "resolution=4096") == 2
    assert capsys.readouterr().err.startswith("error: resolution=4096: 1000 images need at least ")


def test_what_was_made_smaller_is_measured_at_its_own_size(coordinates):
    """Bicubic interpolation is Pillow's too, to what rounding and borders leave."""
    metrics = read_json(coordinates / "metrics.json")
    datamodule = ClassSubsetDataModule(Digits(), samples_per_class=40, image_shape=(1, 14, 14), shrink=2)
    datamodule.setup()
    whole, small = (to_unit(images).numpy() for images in (datamodule.test_images, datamodule.test_split.images))
    means = whole.reshape(-1, 1, 14, 2, 14, 2).mean((3, 5))
    np.testing.assert_allclose(small, means, atol=0.51 / 255)
    enlarged = [np.array(Image.fromarray(image[0]).resize((28, 28), Image.Resampling.BICUBIC)) for image in small]
    error = np.mean((np.stack(enlarged).clip(0, 1) - whole[:, 0]) ** 2)
    # Pillow's kernel has a = -0.5, PyTorch's -0.75.
    assert metrics["superresolution/bicubic/psnr"] == pytest.approx(-10 * np.log10(error), abs=1)
    assert metrics["superresolution/psnr"] < metrics["superresolution/bicubic/psnr"]
    assert metrics["superresolution/bicubic_of_reconstructions/psnr"] == pytest.approx(metrics["test/psnr"], abs=3)


def test_a_run_is_measured_with_no_more_threads_than_it_was_trained_with(sweep, monkeypatch):
    """Several threads round otherwise, and wait for each other beside other work."""
    said = []
    monkeypatch.setattr("torch.get_num_threads", lambda: 4)
    monkeypatch.setattr("torch.set_num_threads", said.append)
    assert sample("run=sweep/2") == 0
    config = sweep / "2/.hydra/config.yaml"
    config.write_text(config.read_text().replace("at_most: 1", "at_most: 3"))
    assert sample("run=sweep/2") == 0
    assert said == [1, 3]
