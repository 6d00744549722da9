"""Peers out of libraries, fitted in the environment of benchmarks/peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.peers import environment
from benchmarks.quality.decisions import Decisions
from schema.arrays import Float32

__all__ = ["RECVAE", "SASREC", "fitted", "recvae", "sasrec"]

Settings = dict[str, Any]
SASREC: Settings = {
    "nopes": 0.3,
    "length": 200,
    "n_factors": 64,
    "dropout_rate": 0.5,
    "epochs": 15,
    "lr": 0.002,
    "batch_size": 32,
    "n_blocks": 1,
    "n_heads": 1,
}
RECVAE: Settings = {
    "hidden_dim": 600,
    "latent_dim": 200,
    "n_epochs": 12,
    "lr": 0.001,
    "batch_size": 100,
}
"""Both were chosen by benchmarks/quality/tune.py on a validation cut of P1's train."""


def sasrec(decisions: Decisions) -> Float32:
    """A transformer of the decisions in their order (Kang, McAuley, 2018), by RecTools."""
    return next(iter(fitted("sasrec", decisions, [SASREC])))


def recvae(decisions: Decisions) -> Float32:
    """A variational autoencoder of likes (Shenbin et al., 2020), by Cornac."""
    return next(iter(fitted("recvae", decisions, [RECVAE])))


def fitted(
    script: str, decisions: Decisions, grid: Sequence[Mapping[str, Any]]
) -> Iterable[Float32]:
    """[users, videos] for each of the settings."""
    given = {
        "users": decisions.users,
        "videos": decisions.videos,
        "liked": decisions.liked,
        "shape": np.array(decisions.shape),
    }
    return (environment.run(script, given, settings) for settings in grid)
