"""What training a VAE with a critic does."""

import copy

import pytest
import torch

from qinr_lightning.callbacks import EMA
from qinr_lightning.errors import SettingError
from qinr_lightning.models import QINRVAE, QINRVAEGAN
from qinr_lightning.networks import ConvCritic, CoordinateCircuit, Critic, Decoder, GaussianEncoder, QINRDecoder
from qinr_lightning.objectives import CapacityControl
from qinr_lightning.optimization import OneCycleSchedule
from qinr_lightning.quantum import ReuploadingCircuit


def dense(image_shape=(1, 28, 28)):
    circuit = ReuploadingCircuit(3, 1, 1, "z_zz", learnable_scales=False)
    return QINRDecoder(circuit, 8, image_shape, hidden_dim=8, head_dims=[8])


def coordinate(image_shape=(1, 28, 28)):
    circuit = ReuploadingCircuit(2, 2, 1, "z_zz", learnable_scales=False)
    return CoordinateCircuit(circuit, 8, image_shape, n_parameters=None, embedding_dim=4, pixels_per_step=20)


class OneLayer(Decoder):
    def __init__(self, latent_dim):
        super().__init__(latent_dim, (1, 28, 28))
        self.layer = torch.nn.Linear(latent_dim, 784)

    def forward(self, z):
        return self.layer(z).view(-1, *self.image_shape)


def vae_gan(decoder=coordinate, image_shape=(1, 28, 28), **options):
    torch.manual_seed(0)
    parts = GaussianEncoder(image_shape, channels=(4, 8)), decoder(image_shape), CapacityControl()
    return QINRVAEGAN(*parts, ConvCritic(image_shape, (4,), 8), **options)


@pytest.fixture
def images():
    return 2 * torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(1)) - 1


@pytest.mark.parametrize("decoder", [dense, coordinate])
def test_a_critic_without_a_say_leaves_the_vae_as_it_is(decoder, loader, trainer):
    torch.manual_seed(0)
    alone = QINRVAE(GaussianEncoder(channels=(4, 8)), decoder(), CapacityControl())
    unheard, heard = vae_gan(decoder, adversarial_weight=0), vae_gan(decoder)
    for model in (alone, unheard, heard):
        trainer(2).fit(model, loader)
    expected = dict(alone.named_parameters())
    for name, parameter in unheard.named_parameters():
        assert name.startswith("critic.") or torch.equal(parameter, expected[name]), name
    assert not all(torch.equal(heard.get_parameter(name), parameter) for name, parameter in expected.items())


@pytest.mark.parametrize("decoder", [dense, coordinate])
def test_each_loss_reaches_its_own_network_alone(decoder, images):
    model = vae_gan(decoder)
    parts = {"encoder": model.encoder, "decoder": model.decoder, "critic": model.critic}
    for loss, reached in (("critic", {"critic"}), ("generator", {"decoder"})):
        model.zero_grad()
        getattr(model.adversarial_loss(images), loss).backward()
        moved = {
            name for name, part in parts.items() if any(parameter.grad is not None for parameter in part.parameters())
        }
        assert moved == reached
        assert all(parameter.requires_grad for parameter in model.parameters())


def test_losses_are_those_of_the_wasserstein_gan(images):
    """By a critic whose scores and gradients are known: a linear one, of norm 3."""
    model = vae_gan(penalty_weight=2.0)
    w = torch.rand(784)
    model.critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 1, bias=False), torch.nn.Flatten(0))
    with torch.no_grad():
        model.critic[1].weight[:] = 3 * w / w.norm()
    model._adversarial_draws = torch.Generator().manual_seed(2)
    loss = model.adversarial_loss(images)
    z = torch.randn(6, 8, generator=torch.Generator().manual_seed(2))
    fake = 2 * torch.sigmoid(model.decoder(z)) - 1
    real_scores, fake_scores = model.critic(images), model.critic(fake)
    torch.testing.assert_close(loss.wasserstein, real_scores.mean() - fake_scores.mean())
    torch.testing.assert_close(loss.generator, -fake_scores.mean())
    torch.testing.assert_close(loss.critic, 2.0 * torch.tensor((3.0 - 1) ** 2) - loss.wasserstein)


def test_the_critic_is_not_clipped(images):
    model = vae_gan()
    optimizer = model.configure_optimizers()
    model.training_step([images], 0).backward()
    before = [parameter.grad.clone() for parameter in model.critic.parameters()]
    model.configure_gradient_clipping(optimizer, 0.01, "norm")
    assert all(torch.equal(a, b.grad) for a, b in zip(before, model.critic.parameters(), strict=True))
    others = [parameter.grad for part in (model.encoder, model.decoder) for parameter in part.parameters()]
    assert torch.cat([grad.flatten() for grad in others]).norm() == pytest.approx(0.01, rel=1e-4)


def test_draws_of_the_prior_are_normalised_by_statistics_of_their_own(images):
    """Those of the embedding's linear map of N(0, 1) are its bias and the norms of its rows."""
    model, vae = vae_gan(), QINRVAE(GaussianEncoder(channels=(4, 8)), coordinate(), CapacityControl())
    vae.load_state_dict(model.state_dict(), strict=False)
    for part in (model, vae):
        for layer in part.modules():
            if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                layer.momentum = None
    with torch.no_grad():
        for number in range(100):
            for part in (model, vae):
                torch.manual_seed(number)
                part.count_statistics(images.repeat(4, 1, 1, 1))
    linear, normalisation, _ = model.decoder.embed
    found = model.of_prior.state_dict()
    torch.testing.assert_close(found["running_var_0"], linear.weight.square().sum(1), rtol=0.35, atol=0)
    assert found["running_mean_0"] == pytest.approx(linear.bias.detach().numpy(), abs=0.25)
    # What posteriors are normalised by is what they are by without a critic.
    torch.testing.assert_close(normalisation.running_var, vae.decoder.embed[1].running_var)


def test_samples_go_through_the_decoder_of_the_prior(images, loader, trainer):
    model = vae_gan()
    trainer(1).fit(model, loader)
    model.eval()
    z = torch.randn(4, 8, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        samples = model.sample(4, torch.Generator().manual_seed(3))
        torch.testing.assert_close(samples, torch.sigmoid(model.decoder_of_prior()(z)))
        assert not torch.allclose(samples, model.decode(z), atol=1e-3)
        twin = copy.deepcopy(model)
        torch.testing.assert_close(twin.sample(4, torch.Generator().manual_seed(3)), samples)
        twin.of_prior.reset_running_stats()
        torch.testing.assert_close(model.sample(4, torch.Generator().manual_seed(3)), samples)


def test_a_decoder_that_does_not_normalise_is_that_of_the_prior():
    model = QINRVAEGAN(GaussianEncoder(channels=(4, 8)), OneLayer(8), CapacityControl(), Critic(), lr_quantum=None)
    assert model.decoder_of_prior() is model.decoder
    assert not model.of_prior.state_dict()


def test_a_run_with_an_average_goes_on_exactly(interrupted):
    whole, resumed = interrupted(vae_gan, lambda: [EMA(0.9)])
    assert torch.equal(whole, resumed)


def test_a_run_goes_on_exactly(interrupted):
    whole, resumed = interrupted(lambda: vae_gan(lr_schedule=OneCycleSchedule()))
    assert torch.equal(whole, resumed)


@pytest.mark.parametrize("precision", ["bf16-mixed", "64-true"])
def test_other_precisions(precision, loader, trainer):
    run = trainer(1, precision=precision)
    run.fit(vae_gan(), loader)
    assert run.logged_metrics["loss/critic"].isfinite()


def test_logged_values(loader, trainer):
    run = trainer(1)
    run.fit(vae_gan(lr_critic=3e-4), loader)
    logged = {name: float(value) for name, value in run.logged_metrics.items()}
    assert {"loss/total", "loss/kl", "loss/critic", "loss/generator", "loss/wasserstein"} <= logged.keys()
    for group, rate in (("classical", 2e-3), ("quantum", 2e-4), ("critic", 3e-4)):
        assert logged[f"lr/{group}"] == pytest.approx(rate)
        assert logged[f"grad_norm/{group}"] > 0


def test_the_critic_learns_to_tell_real_from_generated(loader, trainer):
    torch.manual_seed(0)
    run = trainer(10)
    # A decoder that hardly moves.
    run.fit(vae_gan(lr_classical=1e-9, lr_quantum=1e-9, lr_critic=1e-3), loader)
    assert run.logged_metrics["loss/wasserstein"] > 1


def test_memory_counts_the_whole_images_that_the_critic_sees():
    model = vae_gan()
    assert model.train().circuit_runs(5) == 5 * (20 + 784)
    assert model.eval().circuit_runs(5) == 5 * 784
    assert vae_gan(dense).train().circuit_runs(5) == 5 * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"devices": 2}, r"trainer\.devices=2: must be 1 for a model with a critic"),
        ({"num_nodes": 2}, r"trainer\.num_nodes=2: must be 1 for a model with a critic"),
    ],
)
def test_trainers_that_will_not_do(options, message, trainer):
    with pytest.raises(SettingError, match=message):
        vae_gan().check_training(trainer(1, **options), 25)


@pytest.mark.parametrize(("shape", "channels"), [((1, 28, 28), (32, 64)), ((3, 78, 64), (8, 8, 8)), ((1, 8, 8), (4,))])
def test_a_convolutional_critic_scores_each_image_by_itself(shape, channels):
    critic = ConvCritic(shape, channels)
    images = torch.rand(5, *shape)
    scores = critic(images)
    assert scores.shape == (5,)
    torch.testing.assert_close(scores, torch.cat([critic(image[None]) for image in images]))
    assert len(set(scores.tolist())) == 5


def test_size_of_the_critics():
    assert sum(parameter.numel() for parameter in ConvCritic().parameters()) == 435_041
    assert sum(parameter.numel() for parameter in Critic().parameters()) == 533_505
    with pytest.raises(SettingError, match=r"channels=\[8, 8, 8\]: an image of 7x9 cannot be halved so often"):
        ConvCritic((1, 7, 9), (8, 8, 8))
