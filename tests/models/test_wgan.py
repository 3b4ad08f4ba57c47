"""What training a GAN does."""

from functools import partial

import pytest
import torch
from lightning.pytorch import Callback

from qinr_lightning.callbacks import EMA
from qinr_lightning.errors import SettingError
from qinr_lightning.models import WassersteinGAN
from qinr_lightning.networks import CoordinateCircuit, Critic, HybridGenerator, LinearHeadGenerator, PatchGenerator
from qinr_lightning.optimization import Adam, LinearSchedule, OneCycleSchedule
from qinr_lightning.quantum import ReuploadingCircuit


def hybrid_generator():
    return HybridGenerator(ReuploadingCircuit(n_reuploads=1, learnable_scales=False), head_dims=[16])


def patch_gan(**options):
    torch.manual_seed(0)
    return WassersteinGAN(PatchGenerator(28, 6, 1), Critic(hidden_dims=[16]), None, 1e-2, 2e-4, **options)


def hybrid_gan(**options):
    torch.manual_seed(0)
    return WassersteinGAN(hybrid_generator(), Critic(hidden_dims=[16]), 1e-3, 1e-2, 2e-4, **options)


def head_gan(**options):
    torch.manual_seed(0)
    generator = LinearHeadGenerator(PatchGenerator(28, 6, 1), head_dims=[16])
    return WassersteinGAN(generator, Critic(hidden_dims=[16]), 1e-3, 1e-2, 2e-4, **options)


def coordinate_gan(**options):
    torch.manual_seed(0)
    circuit = ReuploadingCircuit(2, 2, 1, "z_zz", learnable_scales=False)
    field = CoordinateCircuit(circuit, n_parameters=None, embedding_dim=4, pixels_per_step=None)
    return WassersteinGAN(field, Critic(hidden_dims=[16]), 1e-3, 1e-2, 2e-4, **options)


@pytest.fixture
def trainer(trainer):
    """Makes trainers without gradient clipping, which manual optimisation does not have."""
    return partial(trainer, gradient_clip_val=None)


def parameters_of(model):
    return torch.cat([tensor.flatten().double() for tensor in model.state_dict().values()])


class Recorder(WassersteinGAN):
    """Notes what changes in each step, and from which latent vectors."""

    def on_fit_start(self):
        self.steps = []

    def _noting(self, name, step, moving, still, z):
        before = [parameter.clone() for parameter in still.parameters()]
        step()
        assert all(torch.equal(a, b) for a, b in zip(before, still.parameters(), strict=True))
        assert all(parameter.requires_grad for parameter in self.parameters())
        self.steps.append((name, z.clone()))

    def critic_step(self, real, z, optimizer):
        self.generator.zero_grad()
        step = super().critic_step
        self._noting("critic", lambda: step(real, z, optimizer), self.critic, self.generator, z)
        assert all(parameter.grad is None for parameter in self.generator.parameters())

    def generator_step(self, z, optimizer):
        self.critic.zero_grad()
        step = super().generator_step
        self._noting("generator", lambda: step(z, optimizer), self.generator, self.critic, z)
        assert all(parameter.grad is None for parameter in self.critic.parameters())


def recorded(loader, trainer, epochs, **options):
    torch.manual_seed(0)
    model = Recorder(hybrid_generator(), Critic(hidden_dims=[16]), 1e-3, 1e-2, 2e-4, **options)
    trainer(epochs).fit(model, loader)
    return model.steps


def test_each_network_is_frozen_in_the_others_steps_and_turns_run_over_epochs(loader, trainer):
    steps = recorded(loader, trainer, 3, n_critic=2)
    # Three batches an epoch, so turns do not start anew with it.
    assert [name for name, _ in steps] == ["critic", "critic", "generator"] * 4 + ["critic"]
    assert not torch.equal(steps[1][1], steps[2][1])


def test_published_turns_of_pqwgan(loader, trainer):
    steps = recorded(loader, trainer, 1, n_critic=2, generator_turn="first", reuse_latent=True)
    assert [name for name, _ in steps] == ["critic", "generator", "critic", "critic", "generator"]
    assert torch.equal(steps[0][1], steps[1][1])
    assert torch.equal(steps[3][1], steps[4][1])
    assert not torch.equal(steps[0][1], steps[2][1])


@pytest.mark.parametrize("make", [patch_gan, hybrid_gan, head_gan, coordinate_gan])
def test_every_parameter_that_matters_moves(make, loader, trainer):
    model = make(n_critic=1)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    trainer(2).fit(model, loader)
    # What the critic's last bias adds to the scores of real and of generated images cancels, and so does what a bias
    # adds before the batch's mean is taken away; rounding decides whether they move.
    cancel = ("critic.layers.3.bias", "generator.field.embed.0.bias")
    for name, parameter in before.items():
        assert name in cancel or not torch.equal(parameter, model.get_parameter(name)), name


@pytest.mark.parametrize("make", [patch_gan, hybrid_gan, coordinate_gan])
def test_resumed_training_equals_uninterrupted_training(make, loader, trainer, tmp_path):
    whole = make(n_critic=2)
    trainer(4).fit(whole, loader)
    half = trainer(2)
    half.fit(make(n_critic=2), loader)
    half.save_checkpoint(tmp_path / "half.ckpt")
    resumed = make(n_critic=2)
    torch.manual_seed(99)
    # Weights only: tensors and plain Python.
    torch.load(tmp_path / "half.ckpt", weights_only=True)
    trainer(4).fit(resumed, loader, ckpt_path=tmp_path / "half.ckpt")
    assert torch.equal(parameters_of(whole), parameters_of(resumed))


@pytest.mark.parametrize("schedule", [LinearSchedule(), OneCycleSchedule()])
def test_a_run_with_a_schedule_goes_on_exactly(schedule, interrupted):
    whole, resumed = interrupted(lambda: hybrid_gan(n_critic=2, lr_schedule=schedule))
    assert torch.equal(whole, resumed)


def test_a_run_with_an_average_goes_on_exactly(interrupted):
    whole, resumed = interrupted(lambda: hybrid_gan(n_critic=2), lambda: [EMA(0.9)])
    assert torch.equal(whole, resumed)


def test_critic_learns_to_tell_real_from_generated(loader, trainer):
    model = patch_gan(n_critic=1000)
    run = trainer(10)
    run.fit(model, loader)
    # 5.6 to 9.0 over 24 seeds; around 0 before it has learnt anything.
    assert run.logged_metrics["loss/wasserstein"] > 1
    assert "loss/generator" not in run.logged_metrics


def test_logged_values(loader, trainer):
    run = trainer(1)
    run.fit(hybrid_gan(n_critic=1), loader)
    logged = {name: float(value) for name, value in run.logged_metrics.items()}
    assert {"loss/critic", "loss/generator", "loss/wasserstein"} <= logged.keys()
    for group, rate in (("classical", 1e-3), ("quantum", 1e-2), ("critic", 2e-4)):
        assert logged[f"lr/{group}"] == pytest.approx(rate)
        assert logged[f"grad_norm/{group}"] > 0


@pytest.mark.parametrize("turn", ["first", "last"])
@pytest.mark.parametrize("n_critic", [1, 2, 3])
@pytest.mark.parametrize("max_steps", [-1, 5, 6, 7, 8, 9, 1000])
def test_one_cycle_ends_with_the_training(max_steps, n_critic, turn, loader, trainer):
    """Whatever ends it: ``max_steps`` counts the steps of both optimizers."""
    rates = []

    class Rates(Callback):
        def on_train_batch_end(self, trainer, *_):
            rates.append(trainer.optimizers[1].param_groups[0]["lr"])

    run = trainer(3, max_steps=max_steps, callbacks=[Rates()])
    run.fit(patch_gan(n_critic=n_critic, generator_turn=turn, lr_schedule=OneCycleSchedule()), loader)
    assert rates == [2e-4 * OneCycleSchedule().factor(done, len(rates)) for done in range(len(rates))]


def test_linear_schedule_lets_all_rates_fall_to_zero_after_the_last_epoch(loader, trainer):
    seen = []

    class Rates(Callback):
        def on_train_batch_end(self, trainer, *_):
            seen.append([group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups])

    trainer(4, callbacks=[Rates()]).fit(hybrid_gan(n_critic=1, lr_schedule=LinearSchedule()), loader)
    factors = [1 - epoch / 4 for epoch in range(4) for _ in range(len(loader))]
    expected = [[1e-3 * factor, 1e-2 * factor, 2e-4 * factor] for factor in factors]
    torch.testing.assert_close(torch.tensor(seen), torch.tensor(expected))


def test_a_group_without_parameters_is_left_out():
    generator, critic = patch_gan().configure_optimizers()
    assert [group["name"] for group in generator.param_groups] == ["quantum"]
    assert [group["name"] for group in critic.param_groups] == ["critic"]
    generator, _ = hybrid_gan(optimizer=Adam([0, 0.9])).configure_optimizers()
    assert {group["name"]: group["lr"] for group in generator.param_groups} == {"classical": 1e-3, "quantum": 1e-2}


@pytest.mark.parametrize("latent", ["uniform", "normal"])
def test_samples_are_images_and_belong_to_their_generator(latent):
    model = head_gan(latent=latent)
    with torch.inference_mode():
        first, second = (model.sample(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == (5, 1, 28, 28)
    assert torch.equal(first, second)
    assert 0 <= first.min() < first.max() <= 1
    z = model.draw_latent(1000, torch.Generator())
    assert (z.min() < 0) == (latent == "normal")


def test_diverged_training_stops_with_the_epoch_and_a_remedy(loader, trainer):
    # Products of such parameters are beyond the largest number of single precision.
    model = WassersteinGAN(hybrid_generator(), Critic(), 1e30, 1e-2, 1e30, n_critic=1)
    with pytest.raises(
        FloatingPointError,
        match=r"loss/\w+ of epoch 1 is .*lower model\.lr_classical or model\.lr_quantum or model\.lr_critic",
    ):
        trainer(3).fit(model, loader)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gradient_clip_val": 1.0}, "trainer.gradient_clip_val=1.0: must be null for a GAN"),
        ({"accumulate_grad_batches": 2}, "trainer.accumulate_grad_batches=2: must be 1 for a GAN"),
        ({"devices": 2}, "trainer.devices=2: must be 1 for a GAN"),
    ],
)
def test_trainers_that_will_not_do(options, message, trainer):
    with pytest.raises(SettingError, match=message):
        patch_gan().check_training(trainer(1, **options), 25)


def test_single_images_will_not_do_for_a_generator_that_normalises_over_the_batch(trainer):
    with pytest.raises(
        SettingError, match=r"dataset\.batch_size=1: must be greater than or equal to 2 for a generator"
    ):
        coordinate_gan().check_training(trainer(1), 1)
    hybrid_gan().check_training(trainer(1), 1)


def test_a_schedule_needs_a_last_epoch(trainer):
    with pytest.raises(SettingError, match=r"trainer\.max_epochs=-1: must be positive for an lr_schedule"):
        patch_gan(lr_schedule=LinearSchedule()).check_training(trainer(-1, max_steps=10), 25)


def test_learning_rate_of_a_group_that_is_not_there():
    with pytest.raises(SettingError, match=r"lr_classical=0\.1: must be null: the generator has 0 classical"):
        WassersteinGAN(PatchGenerator(), Critic(), 0.1, 1e-2, 2e-4)
    with pytest.raises(SettingError, match="lr_classical=null: must be a learning rate"):
        WassersteinGAN(hybrid_generator(), Critic(), None, 1e-2, 2e-4)
