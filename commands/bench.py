"""`two-tower bench [WHAT] [OPTIONS OF THE BENCH]`: a module of benchmarks/, in a checkout alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from schema.errors import SetupError

__all__ = ["command"]

ROOT = Path(__file__).resolve().parents[1]
BENCHES = {
    "run": "benchmarks.pipeline_run",
    "read": "benchmarks.reading",
    "scale": "benchmarks.scale",
    "scale-search": "benchmarks.scale.search",
    "release": "benchmarks.releases",
    "server": "benchmarks.model_server",
    "serving": "benchmarks.serving",
    "edge": "benchmarks.edge",
    "text": "benchmarks.text",
    "review": "benchmarks.review_pages",
    "quality": "benchmarks.quality",
    "warm": "benchmarks.warm_start",
    "ablation": "benchmarks.ablation",
    "ab": "benchmarks.releases.experiments",
}


@click.command("bench", context_settings={"allow_interspersed_args": False})
@click.argument("what", type=click.Choice(list(BENCHES)), default="run")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def command(what: str, options: tuple[str, ...]) -> None:
    """Measure, by a bench of the checkout; OPTIONS are the bench's own.

    The bench takes the place of this process.
    """
    if not (ROOT / "benchmarks").is_dir():
        raise SetupError("benchmarks/ of a checkout", "an installed package", "clone the project")
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", BENCHES[what], *options])  # noqa: S606
