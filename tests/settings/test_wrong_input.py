"""What a user types wrong: one line with the setting, its value and what is allowed; status 2; nothing written."""

from importlib.metadata import version

import hydra
import pytest
from hydra.core.global_hydra import GlobalHydra

from qinr_lightning.settings import call_target, run_command

WRONG = [
    ("dataset=fashoin", "dataset=fashoin: no such choice; did you mean fashion?"),
    ("readout=xx", "readout=xx: no such choice; known here: xyz, xyz_zz, z, z_zz, zz"),
    (
        "kl=gamma",
        "kl=gamma: no such choice; known here: beta, capacity, capacity_18, capacity_24, capacity_celeba, "
        "capacity_emnist, constant",
    ),
    ("logger=foo", "logger=foo: no such choice; known here: csv, tensorboard, wandb"),
    ("dataset.label=12", "dataset.label=12: must be all, an index from 0 to 9 or a name: 0, 1"),
    (
        "dataset=fashion dataset.label=snaeker",
        "dataset.label=snaeker: must be all, an index from 0 to 9 or a name: t-shirt",
    ),
    ("dataset.samples_per_class=0", "dataset.samples_per_class=0: must be greater than or equal to 1"),
    ("dataset.batch_size=1", "dataset.batch_size=1: must be greater than or equal to 2 for this model"),
    ("model.latent_dim=eight", "model.latent_dim=eight: must be a valid integer"),
    ("model.latent_dim=0", "model.latent_dim=0: must be greater than or equal to 1"),
    ("model.latent_dim=true", "model.latent_dim=true: must be a valid integer"),
    ("model.lr_quantum=-1e-3", "model.lr_quantum=-0.001: must be greater than 0"),
    ("model.lr_classical=nan", "model.lr_classical=nan: must be a finite number"),
    ("model.lr_classical=1e300", "model.lr_classical=1e+300: must be less than or equal to 10"),
    ("kl=capacity kl.gamma=inf", "kl.gamma=inf: must be a finite number"),
    ("kl.beta=true", "kl.beta=true: must be a valid number"),
    ("kl.beta=1e9", "kl.beta=1000000000.0: must be less than or equal to 1000000"),
    ("kl.beta='1'", "kl.beta=1: must be a valid number"),
    ("model.encoder.image_shape=[-1,28,28]", "model.encoder.image_shape=[-1, 28, 28]: must be greater than or equal"),
    (
        "circuit.n_qubits=99999999999999999999",
        "circuit.n_qubits=99999999999999999999: must be less than or equal to 48",
    ),
    ("circuit.n_qubits=40", "circuit.n_qubits=40: the states for one image need at least "),
    ("backend=pennylane circuit.n_qubits=40", "circuit.n_qubits=40: the states for one image need at least "),
    ("circuit.n_qubits=32 dataset.batch_size=1000", " GiB, and there are "),
    ("model=anogan generator=mirrored generator.n_qubits=40", "generator.n_qubits=40: the states for one image need"),
    ("model=pqwgan generator.n_qubits=40", "generator.n_qubits=40: the states for one image need at least "),
    ("decoder.head_dims=[65536,65536]", "decoder.head_dims=[65536, 65536]: needs at least "),
    ("dataset.image_shape=[1,4096,4096]", "dataset.image_shape=[1, 4096, 4096]: needs at least "),
    ("circuit.n_blocks=100000000", "circuit.n_blocks=100000000: must be less than or equal to 64"),
    ("optimizer.betas=[0.9]", "optimizer.betas=[0.9]: has too few values"),
    ("optimizer.betas=[0.9,1.0]", "optimizer.betas=[0.9, 1.0]: must be less than 1"),
    ("optimizer=sgd", "optimizer=sgd: no such choice; known here: adam, adamw"),
    ("optimizer=adamw optimizer.weight_decay=-1", "optimizer.weight_decay=-1: must be greater than or equal to 0"),
    ("lr_schedule=cosine lr_schedule.end_factor=2", "lr_schedule.end_factor=2: must be less than or equal to 1"),
    ("lr_schedule=one_cycle lr_schedule.pct_start=1", "lr_schedule.pct_start=1: must be less than 1"),
    (
        "lr_schedule=linear trainer.max_epochs=-1 trainer.max_steps=9",
        "trainer.max_epochs=-1: must be positive for an lr_schedule",
    ),
    ("averaging=ema callbacks.averaging.decay=1", "callbacks.averaging.decay=1: must be less than 1"),
    ("model.reconstruction=l1", "model.reconstruction=l1: must be 'bce' or 'mse'"),
    ("decoder.head_activation=relu", "decoder.head_activation=relu: must be 'leaky_relu'"),
    ("decoder.head_dims=[0]", "decoder.head_dims=[0]: must be greater than or equal to 1"),
    ("kl.warmup_epochs=-1", "kl.warmup_epochs=-1: must be greater than or equal to 0"),
    ("kl=capacity kl.free_bits_over=pixel", "kl.free_bits_over=pixel: must be 'batch' or 'sample'"),
    ("modle.latent_dim=8", "modle.latent_dim=8: no such setting; did you mean model?"),
    ("model.latnt_dim=8", "model.latnt_dim=8: no such setting; did you mean latent_dim?"),
    ("trainer.max_epoch=3", "trainer.max_epoch=3: no such setting; did you mean max_epochs?"),
    ("model.encoder.chanels=[8]", "model.encoder.chanels=[8]: no such setting; did you mean channels?"),
    ("kl.gamma=3", "kl.gamma=3: no such setting; known here: beta, free_bits, free_bits_over, warmup_epochs"),
    ("+model.foo=1", "model.foo=1: no such setting; known here: decoder, "),
    ("+foo=1", "foo=1: nothing in this combination of model and data set uses it"),
    ("kl=beta model=ae", "kl=beta: model=ae has no kl"),
    ("+kl=beta model=ae", "kl=beta: nothing in this combination of model and data set uses it"),
    ("recipe=tuned", "recipe=tuned: this model and data set have no recipe"),
    ("circuit.readout=[Z9]", "circuit.readout=Z9: names wire 9, but the circuit's wires are 0 to 5"),
    ("circuit.readout=[Q1]", "circuit.readout=Q1: must be a Pauli word"),
    ("model=vae circuit=mlp readout=z", "readout=z: circuit=mlp has no readout\n"),
    ("model=ae circuit=tanh backend=pennylane", "backend=pennylane: circuit=tanh has no backend\n"),
    ("circuit=tanh decoder=classical", "circuit=tanh: decoder=classical has no circuit\n"),
    ("decoder=classical circuit/init=uniform", "circuit/init=uniform: decoder=classical has no circuit/init\n"),
    ("+backend=pennylane decoder=classical", "backend=pennylane: nothing in this combination of model and data set"),
    (
        "circuit=mlp circuit.readout=[X0]",
        "circuit.readout=[X0]: no such setting; known here: hidden_dim, ",
    ),
    ("decoder=classical model.lr_quantum=1e-3", "model.lr_quantum=0.001: must be null: the model has 0 quantum"),
    ("decoder=classical decoder.n_parameters=1000", "decoder.n_parameters=1000: cannot be met within 0.1 %"),
    ("decoder=coordinate decoder.n_parameters=600", "decoder.n_parameters=600: cannot be met within 2 %; the nearest"),
    ("decoder=coordinate decoder.pixels_per_step=785", "decoder.pixels_per_step=785: the image has 784 pixels"),
    ("decoder=coordinate_siren circuit=reupload", "circuit=reupload: decoder=coordinate_siren has no circuit\n"),
    ("model=vae_classical", "model=vae_classical: is now model=vae decoder=classical\n"),
    ("model=vae_classical decoder=tanh", "model=vae_classical: is now model=vae decoder=classical\n"),
    ("decoder=tanh", "decoder=tanh: is now circuit=tanh\n"),
    ("decoder=mlp", "decoder=mlp: is now circuit=mlp\n"),
    ("model.betas=[0.9,0.99]", "model.betas=[0.9,0.99]: is now optimizer.betas\n"),
    ("model=pqwgan model.lr_schedule=linear", "model.lr_schedule=linear: is now lr_schedule=linear\n"),
    ("model=pqwgan generator.n_quantum=2016", "generator.n_quantum=2016: is no setting any more; the other settings"),
    ("model=qinr_qgan generator.n_reuploads=2", "generator.n_reuploads=2: is now circuit.n_reuploads\n"),
    ("circuit.entangler=star", "circuit.entangler=star: must be one of rings, chain, bricks, none"),
    ("circuit.entangler=[1]", "circuit.entangler=[1]: must hold one range for each of the 2 blocks"),
    ("circuit/init=zeros", "circuit/init=zeros: no such choice; known here: block_identity, near_identity, uniform"),
    ("circuit.init.high=0", "circuit.init.high=0: must be greater than 0"),
    ("circuit/init=block_identity circuit.n_reuploads=1", "circuit.init=block_identity: needs three parameter layers"),
    ("circuit.n_qubits=0", "circuit.n_qubits=0: must be greater than or equal to 1"),
    ("backend=pennylane backend.device=nonsense", "backend.device=nonsense: PennyLane has no such device here"),
    ("backend=pennylane backend.diff_method=adjointt", "backend.diff_method=adjointt: must be 'best', 'backprop'"),
    ("backend=pennylane backend.shots=0", "backend.shots=0: must be greater than or equal to 1"),
    (
        "backend=pennylane backend.device=default.mixed backend.zne=[1,2]",
        "backend.zne=[1, 2]: must be odd numbers from 1 on, two at least, such as [1,3,5]",
    ),
    (
        "backend=pennylane backend.diff_method=backprop backend.shots=100",
        "backend.shots=100: must be null for diff_method=backprop",
    ),
    ("trainer.max_epochs=-7", "trainer.max_epochs=-7: must be greater than or equal to -1"),
    ("trainer.max_epochs=2.5", "trainer.max_epochs=2.5: must be a valid integer"),
    ("trainer.precision=17", "trainer.precision=17: must be '32-true', '64-true', "),
    ("trainer.precision=16-true", "trainer.precision=16-true: must be '32-true', '64-true', "),
    ("trainer.devices=1_000", "trainer.devices=1000: must be at most "),
    ("trainer.accelerator=gpu trainer.devices=1000", "trainer.devices=1000: must be at most "),
    ("trainer.enable_checkpointing=false", "trainer.enable_checkpointing=false: must be true: evaluate, sample and"),
    ("trainer.overfit_batches=1", "trainer.overfit_batches=1: must be 0.0: dataset.samples_per_class and"),
    ("trainer.barebones=true", "trainer.barebones=true: must be false: a run without logs and checkpoint is none"),
    ("trainer.max_time=10", "trainer.max_time=10: must be a valid string or an object"),
    ("trainer.max_time=00:10", "trainer.max_time=00:10: must be days:hours:minutes:seconds, such as 00:01:30:00"),
    ("trainer.max_epochs=null", "trainer.max_epochs=null: must be a valid integer"),
    ("model=[[1]]", "model=[[1]]: a group takes the name of one of its choices"),
    ("~kl=-1", "~kl=-1: a group takes the name of one of its choices"),
    ("model._target_=-1", "model._target_=-1: must be the name of a class or function"),
    ("model._target_=nonsense", "model._target_=nonsense: cannot be imported as a class or function"),
    ("logger=wandb logger.wandb.entity=true", "logger.wandb.entity=true: must be a valid string"),
    ("trainer.max_epochs=0", "trainer.max_epochs=0: must be at least 1"),
    ("trainer.limit_train_batches=0", "trainer.limit_train_batches=0: must be greater than or equal to 1 or greater"),
    ("trainer.limit_train_batches=0.001", "trainer.limit_train_batches=0.001: must leave a batch of the "),
    ("trainer.accelerator=tpux", "trainer.accelerator=tpux: must be 'auto', 'cpu', 'gpu', 'cuda' or 'mps'"),
    ("model=pqwgan generator.n_qubits=5", "generator.n_qubits=5: a patch has 28 pixels, which takes at least 6 qubits"),
    ("model=pqwgan model.lr_classical=1e-3", "model.lr_classical=0.001: must be null: the generator has 0 classical"),
    ("model=anogan generator=mirrored generator.n_layers=3", "generator.n_layers=3: must be a multiple of 2"),
    (
        "model=qinr_qgan generator=coordinate generator.pixels_per_step=0.25",
        "generator.pixels_per_step=196: must be null: the critic of a GAN sees all 784 pixels\n",
    ),
    (
        "model=qinr_qgan generator=coordinate recipe=faithful",
        "dataset.batch_size=1: must be greater than or equal to 2 for a generator that normalises over the batch\n",
    ),
    ("model=qinr_qgan generator=coordinate generator.n_parameters=400", "generator.n_parameters=400: cannot be met"),
    ("model=qinr_qgan generator=coordinate_mlp circuit=mlp", "circuit=mlp: generator=coordinate_mlp has no circuit\n"),
    ("model=pqwgan generator=coordinate_rff model.lr_quantum=1e-3", "model.lr_quantum=0.001: must be null: the gener"),
    ("model=qinr_qgan decoder=coordinate", "decoder=coordinate: model=qinr_qgan has no decoder\n"),
    ("model=qinr_qgan model.n_critic=0", "model.n_critic=0: must be greater than or equal to 1"),
    ("model=qinr_qgan trainer.gradient_clip_val=1", "trainer.gradient_clip_val=1: must be null for a GAN"),
    ("model=qinr_qgan recipe=fair", "recipe=fair: no such choice; known here: faithful, tuned"),
    ("model=vae recipe=tuned", "recipe=tuned: model=vae has no recipe\n"),
    ("seed=abc", "seed=abc: must be a valid integer"),
    ("seed=-1", "seed=-1: must be greater than or equal to 0"),
    ("seed=4294967296", "seed=4294967296: must be less than 4294967296"),
    ("decoder.latent_dim=4", "model.latent_dim=8: the decoder is built for 4"),
    ("resume=nowhere", "resume=nowhere: must be a run folder, with .hydra/config.yaml, or its checkpoints/last.ckpt"),
    ("hydra.run.dir=/proc/nowhere", "hydra.run.dir=/proc/nowhere: cannot be made"),
    ("-m dataset.label=0,1,12", "dataset.label=12: must be all, an index from 0 to 9"),
    ("-m dataset.label=0,1 model.latent_dim=x", "model.latent_dim=x: must be a valid integer"),
    ("-m seed=range(0,10,0)", "seed=range(0,10,0): a range needs an end and a step that leads there\n"),
    ("-m seed=range(0,inf)", "seed=range(0,inf): a range needs an end and a step that leads there\n"),
    ("-m seed=range(5,0)", "seed=range(5,0): has no values\n"),
    (
        "-m seed=range(0,100000000)",
        "seed=range(0,100000000): makes a sweep of 100000000 jobs; at most 10000",
    ),
    ("-m seed=interval(0,2)", "seed=interval(0,2): a grid has no intervals; hydra/sweeper=optuna takes them\n"),
    ("seed=1,2", "seed=1,2: has a comma; -m makes a sweep of it, [...] a list; as text it is typed 'seed=\"1,2\"'\n"),
    (
        "hydra.run.dir=a=b",
        "hydra.run.dir=a=b: cannot be read as setting=value; as text it is typed 'hydra.run.dir=\"a=b\"'\n",
    ),
    ("resume=a[0", "resume=a[0: cannot be read as setting=value; as text it is typed 'resume=\"a[0\"'\n"),
    ("model.latent_dim", "model.latent_dim: cannot be read as setting=value"),
    ("paths.output_dir=null", "paths.output_dir=null: must be a valid string"),
    ("paths.output_dir=here", "paths.output_dir=here: must stay in the run folder, which hydra.run.dir sets"),
    ("paths.data_dir=", "paths.data_dir=: must have at least 1 character"),
    ("resume=1", "resume=1: must be a run folder, with .hydra/config.yaml"),
    ("resume=", "resume=: must be a run folder, with .hydra/config.yaml"),
    ("+callbacks.foo.x=1", "callbacks.foo={'x': 1}: must be built from a _target_; ~callbacks.foo leaves it out"),
    ("callbacks.progress=null", "callbacks.progress=null: must be built from a _target_; ~callbacks.progress leaves"),
    ("~callbacks.checkpoint", "callbacks.checkpoint=???: must be set: evaluate, sample and resume need it"),
    ("callbacks.checkpoint.path=here", "callbacks.checkpoint.path=here: must stay in the run folder, which hydra"),
    ("~seed", "seed=???: must be set"),
    ("~paths", "paths=???: must be set"),
    ("model.encoder=5", "model.encoder=5: must be built from a _target_"),
    ("model.encoder.image_shape=[1,32,32]", "model.encoder.image_shape=[1, 32, 32]: must be the data set's, dataset."),
    ("seed=1 seed=2", "seed=2: is typed twice; the other is seed=1\n"),
    ("hydra.run.dir=a hydra.run.dir=b", "hydra.run.dir=b: is typed twice; the other is hydra.run.dir=a\n"),
    ("-m seed=1,2 seed=3", "seed=3: is typed twice; the other is seed=1,2\n"),
    (f"seed={'1' * 5000}", f"seed={'1' * 75}[5006 characters]{'1' * 39}: has more digits than any setting\n"),
    ("dataset_model=nope", "dataset_model=nope: no such choice; known here: celeba_ae, "),
    ("dataset_model=digits_vea", "dataset_model=digits_vea: no such choice; did you mean digits_vae?"),
    ("-m dataset_model=digits_vae,nope", "dataset_model=nope: no such choice; known here: celeba_ae, "),
    ("dataset=celeba dataset_circuit=nope", "dataset_circuit=nope: no such choice; known here: celeba_reupload"),
    ("dataset_circuit=nope", "dataset_circuit=nope: this model and data set have no dataset_circuit"),
    ("dataset_decoder=nope", "dataset_decoder=nope: "),
    ("experiment=paper/nope", "experiment=paper/nope: no such choice; did you mean paper/mnist?"),
    (f"hydra.run.dir={'a' * 300}", "cannot be written (File name too long)"),
    (
        "overwrite=true trainer.fast_dev_run=true",
        "trainer.fast_dev_run=true: would leave nothing of the run that overwrite",
    ),
    ("callbacks.checkpoint_on_signal.path=/elsewhere.ckpt", "must stay in the run folder"),
    (
        "-m seed=0,1 hydra/launcher=joblib hydra.launcher.n_jobs=0",
        "hydra.launcher.n_jobs=0: must be the number of jobs",
    ),
    ("-m seed=0,1 hydra.sweep.subdir=x", "hydra.sweep.subdir=x: must be another for every job; two would write to x"),
    ("model=vae extractor=inception extractor.weights=nowhere.pth", "nowhere.pth: there is no such file"),
    (
        "circuit=ansatz circuit.options.depth=3",
        "circuit.options is null; 'circuit.options={depth:VALUE}' gives it some",
    ),
    ("circuit.noise.probability=0.1", "circuit.noise is null; noise=NAME chooses one"),
    ("dataset=3", "dataset=3: a group takes the name of one of its choices"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[arguments[:60] for arguments, _ in WRONG])
def test_one_line_and_status_2(arguments, message, command, capsys, tmp_path, idx_root, monkeypatch):
    monkeypatch.setenv("QINR_DATA_DIR", str(idx_root))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as left:
        command(*arguments.split())
    output = capsys.readouterr()
    assert left.value.code == 2
    assert output.err.startswith("error: ")
    assert message in output.err
    assert output.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def leave_with(command, *arguments):
    with pytest.raises(SystemExit) as left:
        command(*arguments)
    return left.value.code


def test_missing_data_folder(command, capsys, tmp_path):
    assert leave_with(command, "dataset=mnist", "paths.data_dir=nothing", "dataset.source.download=false") == 2
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("keep", [0, 10, 5000])
def test_empty_or_truncated_file(keep, command, capsys, idx_root):
    path = idx_root / "FashionMNIST" / "raw" / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:keep])
    assert leave_with(command, "dataset=fashion", f"paths.data_dir={idx_root}") == 2
    assert f"{path}: the file is damaged, it has {keep} bytes" in capsys.readouterr().err


def test_output_folder_that_is_a_file(command, capsys, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert leave_with(command, "hydra.run.dir=taken") == 2
    assert "hydra.run.dir=taken: cannot be made (File exists)" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


def test_our_own_error_keeps_its_traceback(command, capsys, monkeypatch):
    def broken(*arguments):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("qinr_lightning.settings.checking.check_values", broken)
    assert leave_with(command) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.slow
def test_resume_is_refused_where_it_would_be_another_run_or_has_no_effect(command, capsys, tmp_path):
    small = ["model=ae", "model.encoder.channels=[4,8]", "dataset.samples_per_class=40"]
    command(*small, "trainer.max_epochs=1", "hydra.run.dir=run")
    capsys.readouterr()
    run, whole_run = tmp_path / "run", f"in {tmp_path}/run; with another"
    for typed, message in (
        ("model.latent_dim=5", f"model.latent_dim=5: is 8 {whole_run} value it is another run"),
        ("dataset.label=1", f"dataset.label=1: is 0 {whole_run} value it is another run"),
        ("dataset.samples_per_class=7", f"dataset.samples_per_class=7: is 40 {whole_run} value it is another run"),
        ("seed=1", f"seed=1: is 0 {whole_run} value it is another run"),
        ("dataset=mnist", f"dataset=mnist: is digits {whole_run} it is another run"),
        ("circuit.n_reuploads=1", f"circuit.n_reuploads=1: is 2 {whole_run} value it is another run"),
        ("readout=xyz_zz", f"readout=xyz_zz: is z {whole_run} it is another run"),
        ("model.reconstruction=mse", f"model.reconstruction=mse: is bce {whole_run} value it is another run"),
        ("optimizer=adamw", f"optimizer=adamw: is adam {whole_run} it is another run"),
        ("model=vae", f"model=vae: is ae {whole_run} it is another run"),
        ("averaging=ema", "averaging=ema: must be none, as it was for"),
        ("hydra.run.dir=other", f"hydra.run.dir=other: resume goes on in {run}; copy it to go on beside it"),
        ("resume=run", "resume=run: is typed twice, the first time as run"),
        ("trainer.fast_dev_run=true", "trainer.fast_dev_run=true: would leave nothing of the run that resume means"),
        ("overwrite=true", "overwrite=true: would remove the run that resume is to go on with"),
        ("seed=0,1", "resume=run: goes on with one run; leave out -m and lists of values"),
    ):
        before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
        assert leave_with(command, "resume=run", typed, "trainer.max_epochs=2") == 2
        error = capsys.readouterr().err
        assert message in error
        assert len(error.splitlines()) == 1
        assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert leave_with(command, "resume=run", "trainer.min_epochs=1", "trainer.max_epochs=1") == 2
    assert "trainer.max_epochs=1: must be more than the 1 epochs of" in capsys.readouterr().err
    assert leave_with(command, "resume=1") == 2
    assert "resume=1: must be a run folder" in capsys.readouterr().err
    (run / "checkpoints/last.ckpt").write_bytes(b"no checkpoint")
    assert leave_with(command, "resume=run", "trainer.max_epochs=2") == 2
    assert "cannot be read as a checkpoint" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("max_epochs=0", "max_epochs=0: must be at least 1, or -1 where max_steps or max_time ends training"),
        ("max_steps=0", "max_steps=0: must be at least 1, or -1 for as many as trainer.max_epochs takes"),
        ("limit_train_batches=0", "limit_train_batches=0: must be greater than or equal to 1 or greater than 0"),
        ("limit_train_batches=0.1", "limit_train_batches=0.1: must leave a batch of the 5: nothing would be trained"),
    ],
)
def test_a_run_that_would_train_nothing_is_refused(command, capsys, tmp_path, limit, message):
    assert leave_with(command, f"trainer.{limit}", "hydra.run.dir=run") == 2
    assert f"trainer.{message}" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


OTHERS = [
    ("sample", "-m run=x n=1,2", "-m: train alone makes sweeps; this command takes one thing at a time\n"),
    ("evaluate", "hydra.mode=MULTIRUN run=x", "hydra.mode=MULTIRUN: train alone makes sweeps; "),
    ("sample", "--multi run=x", "--multi: train alone makes sweeps; this command takes one thing at a time\n"),
    ("sample", "run=x n=2000", "n=2000: must be less than or equal to 1000\n"),
    ("sample", "run=x span=inf", "span=inf: must be a finite number\n"),
    ("sample", "run=2026", "run=2026: must be a valid string; as text it is typed 'run=\"2026\"'\n"),
    ("sample", "run=x seed=1 seed=2", "seed=2: is typed twice; the other is seed=1\n"),
    ("sample", "run=a=b", "run=a=b: cannot be read as setting=value; as text it is typed 'run=\"a=b\"'\n"),
    ("evaluate", "run=x n_samples=1000000", "n_samples=1000000: must be less than or equal to 10000\n"),
    ("evaluate", "run=x extractor=nope", "extractor=nope: no such choice; did you mean none?"),
    ("evaluate", "run=x extractor.channels=[0]", "extractor.channels=[0]: must be greater than or equal to 1"),
    ("evaluate", "run=x paths.data_dir=", "paths.data_dir=: must have at least 1 character\n"),
    ("analyze", "run=nowhere", "run=nowhere: must be a run folder, with .hydra/config.yaml, or hold some\n"),
    ("analyze", "run=x n_images=1", "n_images=1: must be greater than or equal to 2\n"),
    ("analyze", "run=x against=", "against=: must have at least 1 character\n"),
    ("report", "runs=x", "runs=x: must be a valid array\n"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), OTHERS, ids=[f"{name} {typed}" for name, typed, _ in OTHERS])
def test_other_commands(name, arguments, message, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [name, *arguments.split()])
    GlobalHydra.instance().clear()
    assert leave_with(run_command, call_target, name) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert not list(tmp_path.iterdir())


def test_the_version_is_this_packages(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["evaluate", "--version"])
    run_command(call_target, "evaluate")
    assert capsys.readouterr().out == f"qinr-lightning {version('qinr-lightning')}, Hydra {hydra.__version__}\n"
