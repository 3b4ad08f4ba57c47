"""Every choice of every group composes, passes the checks and goes through one batch, so that none can rot."""

import inspect
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate
from omegaconf import OmegaConf, open_dict

from qinr_lightning.models import WassersteinGAN, count_parameters
from qinr_lightning.settings.checking import check
from qinr_lightning.settings.conf import config_folder

GROUPS = ("averaging", "backend", "kl", "logger", "lr_schedule", "noise", "optimizer", "readout", "circuit/init")
GANS = ("pqwgan", "anogan", "qinr_qgan")
SMALL = ("model.encoder.channels=[4,8]", "trainer.fast_dev_run=true")


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (config_folder() / group).glob("*.yaml"))


def pairs(first: Sequence[str], second: Sequence[str]) -> list[Any]:
    """All pairs; each of both is in a pair that is tried by default, the other pairs are slow tests."""
    n = max(len(first), len(second))
    tried = {(first[i % len(first)], second[i % len(second)]) for i in range(n)}
    return [pytest.param(*pair, marks=[] if pair in tried else pytest.mark.slow) for pair in product(first, second)]


def composed(*overrides: str):
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", list(overrides))


def composed_with_hydra(*overrides: str):
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("train", list(overrides), return_hydra_config=True)


@pytest.fixture
def goes_through(tmp_path):
    """Composes a configuration, checks it as the command does and takes a loss of random images and its gradient."""

    def run(*overrides: str) -> None:
        with initialize_config_dir(str(config_folder()), version_base="1.3"):
            config = compose("train", list(overrides), return_hydra_config=True)
            with open_dict(config):
                config.hydra.runtime.output_dir = str(tmp_path)
            HydraConfig.instance().set_config(config)
            check(config)
        model = instantiate(config.model, _convert_="all")
        images = torch.rand(4, *config.dataset.image_shape) * 2 - 1
        if isinstance(model, WassersteinGAN):
            made = model.generator(model.draw_latent(len(images), None))
            assert made.shape == images.shape
            loss = model.critic(made).sum()
        else:
            loss = model.loss(images).total
        loss.backward()
        assert loss.isfinite()

    return run


def of_pair(dataset: str, model: str, image_root: Path) -> list[str]:
    """What chooses a data set and a model, in the size of the tests' images."""
    few = ["dataset.source.n_augmented=10"] if dataset == "celeba" else []
    root = [f"dataset.root={image_root}"] if dataset == "folder" else []
    return [f"dataset={dataset}", f"model={model}", *few, *root, "dataset.label=1"]


# Those with digits, and those with an autoencoder, go through a whole command below.
@pytest.mark.parametrize(
    ("dataset", "model"),
    pairs([name for name in choices("dataset") if name != "digits"], [n for n in choices("model") if n != "ae"]),
)
def test_every_pair_of_data_set_and_model(dataset, model, goes_through, idx_root, celeba_root, image_root, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root if dataset == "celeba" else idx_root))
    goes_through(*of_pair(dataset, model, image_root))


@pytest.mark.parametrize(
    ("dataset", "model"),
    [
        *((dataset, "ae") for dataset in choices("dataset")),
        *(("digits", model) for model in choices("model") if model != "ae"),
        *(
            pytest.param(dataset, model, marks=pytest.mark.slow)
            for dataset in choices("dataset")
            for model in choices("model")
            if dataset != "digits" and model != "ae"
        ),
    ],
)
def test_data_sets_and_models_by_command(dataset, model, command, idx_root, celeba_root, image_root, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root if dataset == "celeba" else idx_root))
    command(*of_pair(dataset, model, image_root), "trainer.fast_dev_run=true")


@pytest.mark.parametrize("choice", [f"{group}={name}" for group in GROUPS for name in choices(group)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_every_choice(choice, command, goes_through):
    # What a model is made of needs no training to be tried; what takes part in training does.
    if choice.partition("=")[0] in ("averaging", "logger", "lr_schedule", "optimizer"):
        command(choice, *SMALL)
    else:
        goes_through(choice)


# Those that need a function of the user's own are in test_own_circuits.py.
SHIPPED = [name for name in choices("circuit") if name not in ("ansatz", "qnode")]


@pytest.mark.parametrize(
    ("model", "decoder"), pairs(("ae", "vae"), [name for name in choices("decoder") if not name.startswith("dense_2")])
)
def test_any_decoder_with_any_model(model, decoder, goes_through):
    goes_through(f"model={model}", f"decoder={decoder}")


@pytest.mark.parametrize(("decoder", "circuit"), pairs(("dense", "dense_256"), SHIPPED))
def test_any_circuit_in_any_dense_decoder(decoder, circuit, goes_through):
    goes_through("model=vae", f"decoder={decoder}", f"circuit={circuit}")


@pytest.mark.parametrize("circuit", SHIPPED)
def test_any_circuit_in_a_coordinate_decoder(circuit, goes_through):
    goes_through("model=ae", "decoder=coordinate", "decoder.n_parameters=2000", f"circuit={circuit}")


@pytest.mark.parametrize(
    "circuit",
    [name if name in ("reupload", "tanh") else pytest.param(name, marks=pytest.mark.slow) for name in SHIPPED],
)
def test_every_circuit_by_command(circuit, command):
    command("model=ae", f"circuit={circuit}", *SMALL)


@pytest.mark.parametrize(
    ("model", "choice"),
    pairs(("ae", "vae"), ("decoder=classical", "circuit=tanh", "decoder=dense_256 circuit=reupload")),
)
def test_any_decoder_on_a_data_set_with_settings_of_its_own(model, choice, goes_through, celeba_root, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(celeba_root))
    goes_through("dataset=celeba", f"model={model}", *choice.split(), "dataset.source.n_augmented=10")


@pytest.mark.parametrize(
    ("model", "choice"),
    [
        ("pqwgan", "optimizer=adamw"),
        ("anogan", "lr_schedule=one_cycle"),
        ("qinr_qgan", "averaging=ema"),
        ("qinr_qgan", "lr_schedule=cosine"),
        *(
            pytest.param(model, choice, marks=pytest.mark.slow)
            for model in GANS
            for choice in ("optimizer=adamw", "lr_schedule=cosine", "lr_schedule=one_cycle", "averaging=ema")
        ),
    ],
)
def test_optimization_of_gans(model, choice, command):
    command(f"model={model}", choice, "trainer.fast_dev_run=true")


@pytest.mark.parametrize("recipe", choices("recipe"))
@pytest.mark.parametrize("model", GANS)
def test_every_recipe(model, recipe, goes_through):
    goes_through(f"model={model}", f"recipe={recipe}")


@pytest.mark.parametrize("model", GANS)
def test_tuned_recipes_have_a_fair_budget(model):
    config = composed(f"model={model}", "recipe=tuned")
    n_batches = -(-config.dataset.samples_per_class // config.dataset.batch_size)
    assert n_batches * config.trainer.max_epochs // config.model.n_critic >= 5000
    assert config.callbacks.checkpoint.every_n_epochs == 50


@pytest.mark.parametrize(
    "choice",
    [
        "model=pqwgan generator=patches backend=pennylane generator.n_layers=1",
        *(f"model=anogan generator={name}" for name in choices("generator") if name != "patches"),
    ],
)
def test_every_generator(choice, goes_through):
    goes_through(*choice.split())


COORDINATE_GENERATORS = [name for name in choices("generator") if name.startswith("coordinate")]


@pytest.mark.parametrize("circuit", SHIPPED)
def test_any_circuit_in_a_coordinate_generator(circuit, goes_through):
    goes_through("model=qinr_qgan", "generator=coordinate", "generator.n_parameters=2000", f"circuit={circuit}")


@pytest.mark.parametrize("generator", COORDINATE_GENERATORS)
def test_coordinate_generators_are_their_decoders(generator):
    """But for the pixels of a step, of which a critic needs all."""
    made, decoder = (
        OmegaConf.to_container(composed("dataset=mnist", model, f"{part}={generator}")[part], resolve=True)
        for part, model in (("generator", "model=qinr_qgan"), ("decoder", "model=ae"))
    )
    assert made.pop("pixels_per_step") is None
    assert decoder.pop("pixels_per_step") == 0.25
    assert made == decoder


@pytest.mark.parametrize(("model", "generator"), pairs(GANS, COORDINATE_GENERATORS))
def test_coordinate_generators_are_trained_alike(model, generator):
    config = composed(f"model={model}", f"generator={generator}")
    assert config == composed(f"model={model}", f"generator={generator}", "recipe=tuned")
    assert config.dataset.batch_size == 25
    assert config.model.lr_classical == composed(f"model={model}", "generator=coordinate").model.lr_quantum
    assert (config.model.lr_quantum is None) == (generator != "coordinate")
    assert composed(f"model={model}", f"generator={generator}", "model.lr_classical=1e-4").model.lr_classical == 1e-4


@pytest.mark.parametrize("group", ["hydra/launcher", "hydra/sweeper"])
def test_launchers_and_sweepers_are_complete(group):
    """The plugins get all arguments that they need, and take all that they get."""
    from hydra.core.plugins import Plugins

    for name in choices(group):
        config = OmegaConf.to_container(
            composed_with_hydra(f"{group}={name}").hydra[group.split("/")[1]], resolve=False
        )
        plugin = Plugins.instance().class_name_to_class[config.pop("_target_")]
        inspect.signature(plugin).bind(**config)


@pytest.mark.parametrize(
    ("dataset", "model", "expected"),
    [
        ("fashion", "vae", {"trainer.max_epochs": 45, "model.lr_quantum": 2e-4, "decoder.hidden_dim": 128,
                            "decoder.head_dims": [128, 512], "kl.max_capacity": 12, "kl.warmup_epochs": 10,
                            "kl.gamma": 10, "kl.free_bits": 0.5}),
        ("emnist", "vae", {"trainer.max_epochs": 45, "kl.max_capacity": 10, "kl.warmup_epochs": 10, "kl.gamma": 20,
                           "kl.free_bits": 0.25}),
        ("mnist", "vae", {"trainer.max_epochs": 45, "kl.beta": 1, "kl.warmup_epochs": 5, "kl.free_bits": 0}),
        ("mnist", "ae", {"trainer.max_epochs": 25, "model.lr_quantum": 5e-4, "decoder.hidden_dim": 256,
                         "decoder.head_dims": [256, 512]}),
        ("celeba", "vae", {"trainer.max_epochs": 20, "kl.max_capacity": 30, "kl.warmup_epochs": 10, "kl.gamma": 1,
                           "kl.free_bits": 0.25, "circuit.n_reuploads": 3, "circuit.n_blocks": 3,
                           "decoder.hidden_dim": 512, "decoder.head_dims": [512, 128, 512],
                           "model.reconstruction": "mse", "dataset.source.n_originals": 20,
                           "dataset.source.n_augmented": 480, "dataset.image_shape": [1, 78, 64]}),
        ("celeba", "ae", {"trainer.max_epochs": 20, "circuit.n_blocks": 3, "decoder.head_dims": [512, 128, 512]}),
        ("fashion", "ae", {"trainer.max_epochs": 25, "model.lr_classical": 2e-3, "dataset.batch_size": 32,
                           "dataset.samples_per_class": 500, "model.latent_dim": 8, "circuit.n_qubits": 6,
                           "circuit.n_reuploads": 2, "circuit.n_blocks": 2}),
        ("mnist", "pqwgan", {"generator.n_layers": 4, "dataset.batch_size": 25, "trainer.max_epochs": 50,
                             "model.lr_quantum": 1e-2, "model.lr_critic": 2e-4, "model.n_critic": 5,
                             "model.generator_turn": "first", "model.reuse_latent": True, "model.latent": "uniform",
                             "optimizer.betas": [0, 0.9], "model.penalty_weight": 10}),
        ("fashion", "pqwgan", {"generator.n_patches": 4, "generator.n_qubits": 10, "generator.n_layers": 30}),
        ("fashion", "anogan", {"generator.patches.n_layers": 2, "dataset.batch_size": 1, "trainer.max_epochs": 4,
                               "model.lr_classical": 1e-5, "model.lr_quantum": 1e-5, "model.lr_critic": 1.2e-4,
                               "model.n_critic": 1}),
        ("mnist", "qinr_qgan", {"circuit.n_reuploads": 1, "circuit.learnable_scales": False,
                                "dataset.batch_size": 1, "trainer.max_epochs": 4,
                                "model.lr_classical": 1e-5, "model.lr_quantum": 1e-5, "model.lr_critic": 1.2e-4,
                                "model.n_critic": 1, "model.reuse_latent": True}),
    ],
)  # fmt: skip
def test_paper_settings(dataset, model, expected):
    config = composed(f"dataset={dataset}", f"model={model}")
    assert {key: OmegaConf.select(config, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("choice", "quantum", "classical"),
    [
        ("dataset=mnist model=pqwgan", 2016, 0),
        ("dataset=emnist model=pqwgan", 2016, 0),
        ("dataset=fashion model=pqwgan", 3600, 0),
        ("dataset=fashion model=anogan", 1008, 734_736),
        ("dataset=fashion model=qinr_qgan", 72, 42 + 399_760),
        ("dataset=fashion model=qinr_qgan generator=hybrid_324", 324, 3 * 42 + 399_760),
        ("dataset=fashion model=anogan generator=mirrored", 40, 11 * 784),
        ("dataset=fashion model=anogan generator=mirrored_1008", 1008, 8 * 784),
    ],
)
def test_published_parameter_counts_of_generators(choice, quantum, classical):
    generator = instantiate(composed(*choice.split()).generator, _convert_="all")
    assert count_parameters(generator) == {"quantum": quantum, "classical": classical}


@pytest.mark.parametrize(
    ("choice", "n"),
    [
        ("dataset=mnist model=ae", 4_358 + 120 + 535_568),
        ("dataset=mnist model=vae", 471_438),
        ("dataset=celeba model=ae", 2_705_136),
        ("dataset=celeba model=vae", 2_705_136),
    ],
)
def test_parameter_counts_of_decoders(choice, n):
    """The classical decoder of a data set follows the QINR decoder of its VAE."""
    assert sum(count_parameters(instantiate(composed(*choice.split()).decoder, _convert_="all")).values()) == n
    if "model=vae" in choice:
        classical = instantiate(composed(*choice.split(), "decoder=classical").decoder, _convert_="all")
        assert sum(count_parameters(classical).values()) == pytest.approx(n, rel=1e-3)


@pytest.mark.parametrize("decoder", [name for name in choices("decoder") if name.startswith("coordinate")])
def test_coordinate_decoders_are_trained_alike(decoder):
    config = composed("dataset=mnist", "model=ae", f"decoder={decoder}")
    assert config.lr_schedule._target_.endswith("OneCycleSchedule")
    assert (config.trainer.max_epochs, config.trainer.gradient_clip_val, config.model.lr_classical) == (75, 5.0, 1e-2)
    assert (config.decoder.warp, config.decoder.pixels_per_step, config.decoder.n_parameters) == ("affine", 0.25, 1750)
    typed = composed("decoder=coordinate", "lr_schedule=none", "model.lr_classical=1e-3", "readout=z")
    assert (typed.lr_schedule, typed.model.lr_classical, typed.circuit.readout) == (None, 1e-3, "z")


@pytest.mark.parametrize("model", GANS)
def test_tuned_rates_fall_linearly(model):
    assert composed(f"model={model}", "recipe=tuned").lr_schedule._target_.endswith("LinearSchedule")
    assert composed(f"model={model}").lr_schedule is None


def test_group_on_the_command_line_wins_over_the_papers_choice():
    assert composed("dataset=fashion", "kl=beta").kl._target_.endswith("BetaWarmup")
    assert composed("dataset=fashion", "readout=xyz_zz").circuit.readout == "xyz_zz"
    assert composed("model=ae", "decoder=dense").decoder.hidden_dim == 128


def test_every_config_file_says_what_it_is_in_words():
    """A comment at the top of every choice of the groups that hold the science."""
    groups = (
        "averaging",
        "backend",
        "circuit",
        "circuit/init",
        "curve",
        "decoder",
        "decoder_recipe",
        "field",
        "generator",
        "generator_recipe",
        "kl",
        "lr_schedule",
        "model",
        "model_recipe",
        "noise",
        "optimizer",
        "readout",
        "recipe",
    )
    for group in groups:
        for path in (config_folder() / group).glob("*.yaml"):
            assert any(
                line.startswith("# ") and "@package" not in line for line in path.read_text().splitlines()[:2]
            ), path


def test_conf_stands_beside_the_package_in_a_checkout():
    assert config_folder() == Path(__file__).parents[2] / "conf"
