"""The file by which the node Moment passes the cut to the readers of its run."""

from __future__ import annotations

import json
from dataclasses import asdict

from tfx.dsl.io import fileio

from components.moment.cut import Cut
from schema.windows import TimeWindows

__all__ = ["read_cut", "write_cut"]


def write_cut(cut: Cut, path: str) -> None:
    """Write the cut for the readers of this run, in place of the last run's."""
    value = {**asdict(cut), "windows": cut.windows.as_texts()}
    with fileio.open(path, "w") as file:
        file.write(json.dumps(value, indent=1))


def read_cut(path: str) -> Cut:
    """The cut that the node Moment has written."""
    with fileio.open(path, "r") as file:
        value = json.loads(file.read())
    windows = TimeWindows.from_texts(value.pop("windows"))
    return Cut(windows, without_key=tuple(value.pop("without_key")), **value)
