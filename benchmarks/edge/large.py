"""A database of 32,304 videos for the function, around the last run's videos and model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.newest_model import newest_model
from benchmarks.serving import world
from components.edge_check.edge_files import digests
from pipeline.local.postgres import embedded_postgres, open_folder
from pipeline.settings import Settings
from releases.registry import add_figures
from schema.database import connect

__all__ = ["large_world"]


@contextmanager
def large_world(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Address of the database, and folder of the models."""
    with (
        open_folder("two-tower-edge-") as folder,
        embedded_postgres(folder / "postgres") as url,
        closing(connect(url)) as connection,
    ):
        model = newest_model(settings)
        world.open_tables(connection, settings)
        world.make_live(connection, model, folder / "models", model.name)
        add_figures(connection, model.name, {"edge": digests(folder / "models" / model.name)})
        connection.commit()
        yield url, folder / "models"
