"""What training does, for both models."""

import pytest
import torch
from lightning.pytorch import Callback
from torch.nn.utils import clip_grad_norm_

from qinr_lightning.callbacks import EMA
from qinr_lightning.models import QINRVAE, QINRAutoencoder
from qinr_lightning.networks import ClassicalDecoder, Encoder, GaussianEncoder, QINRDecoder
from qinr_lightning.objectives import BetaWarmup, CapacityControl
from qinr_lightning.optimization import AdamW, CosineSchedule, LinearSchedule, OneCycleSchedule
from qinr_lightning.quantum import ReuploadingCircuit


def autoencoder(**options):
    torch.manual_seed(0)
    return QINRAutoencoder(Encoder(channels=(4, 8)), QINRDecoder(ReuploadingCircuit()), **options)


def vae(**options):
    torch.manual_seed(0)
    return QINRVAE(GaussianEncoder(channels=(4, 8)), QINRDecoder(ReuploadingCircuit()), CapacityControl(), **options)


def classical_vae(**options):
    torch.manual_seed(0)
    encoder = GaussianEncoder(channels=(4, 8))
    return QINRVAE(encoder, ClassicalDecoder(), CapacityControl(), lr_quantum=None, **options)


def parameters_of(model):
    return torch.cat([tensor.flatten().double() for tensor in model.state_dict().values()])


WITHOUT_EFFECT = {"encoder.to_latent.bias", "encoder.to_mu.bias", "decoder.expand.0.bias"} | {
    f"encoder.features.{layer}.bias" for layer in (0, 3)
}
"""Batch normalisation takes away what they add, so that rounding alone decides whether they move."""


@pytest.mark.parametrize("make", [autoencoder, vae])
def test_loss_falls_and_every_parameter_that_matters_moves(make, loader, trainer):
    model = make(lr_quantum=1e-2)
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    with torch.no_grad():
        start = model.loss(next(iter(loader))[0]).reconstruction
    trainer(4).fit(model, loader)
    with torch.no_grad():
        # To 0.18 to 0.20 of it over 24 seeds and both models.
        assert model.loss(next(iter(loader))[0]).reconstruction < 0.5 * start
    assert {name for name, parameter in before.items() if torch.equal(parameter, model.get_parameter(name))} <= (
        WITHOUT_EFFECT
    )


@pytest.mark.parametrize("make", [autoencoder, vae])
def test_same_seed_same_parameters(make, loader, trainer):
    runs = []
    for disturbance in range(2):
        model = make()
        torch.manual_seed(disturbance)
        trainer(2).fit(model, loader)
        runs.append(parameters_of(model))
    assert torch.equal(*runs)


@pytest.mark.parametrize("make", [autoencoder, vae, classical_vae])
def test_resumed_training_equals_uninterrupted_training(make, loader, trainer, tmp_path):
    whole = make()
    trainer(4).fit(whole, loader)
    half = trainer(2)
    half.fit(make(), loader)
    half.save_checkpoint(tmp_path / "half.ckpt")
    resumed = make()
    torch.manual_seed(99)
    trainer(4).fit(resumed, loader, ckpt_path=tmp_path / "half.ckpt")
    assert torch.equal(parameters_of(whole), parameters_of(resumed))


SCHEDULES = [None, LinearSchedule(), CosineSchedule(0.1), OneCycleSchedule()]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_with_a_schedule_goes_on_exactly(schedule, interrupted):
    whole, resumed = interrupted(lambda: vae(lr_schedule=schedule, optimizer=AdamW()))
    assert torch.equal(whole, resumed)


def test_a_run_with_an_average_goes_on_exactly(interrupted):
    whole, resumed = interrupted(vae, lambda: [EMA(0.9)])
    assert torch.equal(whole, resumed)


def test_the_average_is_the_models_weights_in_the_end_and_in_checkpoints(loader, trainer, tmp_path):
    """The first step's weights, then 0.9 times the average and 0.1 times the weights of each further one."""
    seen = []

    class Weights(Callback):
        def on_train_batch_end(self, trainer, pl_module, *_):
            seen.append(pl_module.encoder.to_mu.weight.detach().clone())

    model = vae()
    run = trainer(2, callbacks=[Weights(), EMA(0.9)])
    run.fit(model, loader)
    expected = seen[0]
    for weights in seen[1:]:
        expected = 0.9 * expected + 0.1 * weights
    torch.testing.assert_close(model.encoder.to_mu.weight.detach(), expected)
    assert not torch.allclose(expected, seen[-1])
    run.save_checkpoint(tmp_path / "last.ckpt")
    checkpoint = torch.load(tmp_path / "last.ckpt", weights_only=True)
    torch.testing.assert_close(checkpoint["state_dict"]["encoder.to_mu.weight"], expected)
    assert torch.equal(checkpoint["current_model_state"]["encoder.to_mu.weight"], expected)


@pytest.mark.parametrize(("schedule", "accumulate"), [(s, n) for s in SCHEDULES[1:] for n in (1, 2)])
def test_rates_follow_the_schedule_and_are_logged(schedule, accumulate, loader, trainer):
    """Three batches an epoch; two of them, then one, make a step where gradients are accumulated over two."""
    seen, logged = [], []

    class Rates(Callback):
        def on_before_optimizer_step(self, trainer, pl_module, optimizer):
            seen.append([group["lr"] for group in optimizer.param_groups])

        def on_train_epoch_start(self, trainer, pl_module):
            if "lr/classical" in trainer.callback_metrics:
                logged.append(float(trainer.callback_metrics["lr/classical"]))

    options = {"callbacks": [Rates()], "accumulate_grad_batches": accumulate}
    trainer(4, **options).fit(autoencoder(lr_classical=0.1, lr_quantum=0.01, lr_schedule=schedule), loader)
    per_epoch = 3 if accumulate == 1 else 2
    if schedule.interval == "step":
        factors = [schedule.factor(step, 4 * per_epoch) for step in range(4 * per_epoch)]
    else:
        factors = [schedule.factor(step // per_epoch, 4) for step in range(4 * per_epoch)]
    assert seen == [[pytest.approx(0.1 * factor), pytest.approx(0.01 * factor)] for factor in factors]
    assert logged == pytest.approx([0.1 * factors[per_epoch * epoch - 1] for epoch in (1, 2, 3)], rel=1e-6)


def test_checkpoint_holds_tensors_and_plain_python_only(loader, trainer, tmp_path):
    run = trainer(1)
    run.fit(vae(), loader)
    run.save_checkpoint(tmp_path / "vae.ckpt")
    assert "decoder.circuit.rotations" in torch.load(tmp_path / "vae.ckpt", weights_only=True)["state_dict"]


def test_logged_values(loader, trainer):
    run = trainer(3)
    run.fit(vae(), loader)
    logged = {name: float(value) for name, value in run.logged_metrics.items()}
    assert logged["kl/capacity"] == pytest.approx(12 * 3 / 10)
    assert logged["lr/classical"] == pytest.approx(2e-3)
    assert logged["lr/quantum"] == pytest.approx(2e-4)
    assert {"loss/total", "loss/reconstruction", "loss/kl", "grad_norm/classical", "grad_norm/quantum"} <= logged.keys()


def test_epoch_losses_are_means_over_images(loader, trainer):
    """With learning rates too small to change anything the logged loss is the loss of the whole set."""
    model = autoencoder(lr_classical=1e-30, lr_quantum=1e-30)
    run = trainer(1)
    losses = [(len(images), model.loss(images).total.item()) for images, _ in loader]
    run.fit(model, loader)
    expected = sum(n * loss for n, loss in losses) / sum(n for n, _ in losses)
    assert float(run.logged_metrics["loss/total"]) == pytest.approx(expected, rel=1e-5)


def test_gradients_are_clipped_jointly_and_norms_are_those_before(loader):
    model = autoencoder().double()
    optimizer = model.configure_optimizers()
    model.loss(next(iter(loader))[0].double()).total.backward()
    before = [parameter.grad.clone() for parameter in model.parameters()]
    model.configure_gradient_clipping(optimizer, 1.0, "norm")
    clipped = [parameter.grad.clone() for parameter in model.parameters()]
    for parameter, gradient in zip(model.parameters(), before, strict=True):
        parameter.grad = gradient
    total = clip_grad_norm_(model.parameters(), 1.0)
    for mine, parameter in zip(clipped, model.parameters(), strict=True):
        torch.testing.assert_close(mine, parameter.grad)
    norms = model.epoch_means.take()
    assert torch.stack(list(norms.values())).norm().item() == pytest.approx(total.item(), rel=1e-9)


@pytest.mark.parametrize("algorithm", [None, "norm", "value"])
def test_clipping_at_0_is_none(algorithm, loader, trainer):
    models = []
    for value in (None, 0):
        torch.manual_seed(0)
        models.append(autoencoder())
        trainer(1, gradient_clip_val=value, gradient_clip_algorithm=algorithm).fit(models[-1], loader)
    for parameter, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(parameter, other)


def test_vae_loss_is_reconstruction_plus_scheduled_divergence(loader):
    model = QINRVAE(GaussianEncoder(), QINRDecoder(ReuploadingCircuit()), BetaWarmup(beta=1.0, warmup_epochs=4))
    loss = model.loss(next(iter(loader))[0])
    assert loss.total.item() == pytest.approx(loss.reconstruction.item() + loss.kl.item() / 4, rel=1e-5)


def test_samples_are_images_and_belong_to_their_generator():
    model = vae().eval()
    with torch.inference_mode():
        samples = [model.sample(5, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert samples[0].shape == (5, 1, 28, 28)
    assert torch.equal(*samples)
    assert 0 <= samples[0].min() < samples[0].max() <= 1


def test_reconstruction_takes_the_posterior_mean(loader):
    model = vae().eval()
    images = next(iter(loader))[0]
    with torch.inference_mode():
        assert torch.equal(model(images), model.decode(model.posterior(images).mu))


def test_diverged_training_stops_with_the_epoch_and_a_remedy(loader, trainer):
    """Adam's first step makes parameters near the largest number of single precision; sums of them are beyond it."""
    with pytest.raises(
        FloatingPointError, match=r"loss/total of epoch 1 is nan.*lower model\.lr_classical or model\.lr_quantum$"
    ):
        trainer(5).fit(autoencoder(lr_classical=3e38), loader)
