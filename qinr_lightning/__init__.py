"""Train and compare QINR autoencoders: quantum decoders in PyTorch Lightning, composed with Hydra."""
