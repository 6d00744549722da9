"""Prints what the tree that it runs in makes of the toy world's users; its own process, by -m.

Words: the database's URL, and a folder to work in. The users are as of 2.5 days after the start.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.trainer.inputs.encoder import Encoder
from components.transform.raw import parse_raw, signature_of
from schema import queries
from schema.database import connect
from schema.feature import Kind, Side
from schema.features import USER, USER_ID, features, model_inputs
from schema.windows import TimeWindows
from tests.components.toy_transform import fit
from tests.schema.random_world import ask
from tests.toy_world import START

WINDOWS = TimeWindows(*(START + timedelta(days=days) for days in (1, 2, 2.5)))


def main(url: str, folder: str) -> None:
    """One JSON object: names of the signature, ids, dense rows, shape of the histories."""
    from components.example_gen.convert import row_converter

    with closing(connect(url)) as connection:
        rows = ask(connection, queries.fill(queries.USERS, WINDOWS, "all", {}))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    graph, _ = fit(Path(folder), USER, columns, "user_preprocessing_fn")
    index: Any = lambda ids: tf.zeros_like(ids, tf.int32)  # noqa: E731
    encoder = Encoder(Side.USER, graph, index)
    convert = row_converter(list(columns))
    encoded = encoder(
        parse_raw([convert(tuple(row.values())) for row in rows], model_inputs(Side.USER))
    )
    said = {
        "signature": list(signature_of(model_inputs(Side.USER))),
        "users": columns[USER_ID.name],
        "dense": encoded.dense.numpy().tolist(),
        "histories": encoded.videos.shape.as_list(),
        "longest": max(
            len(row[h.name] or ()) for row in rows for h in features(Side.USER, Kind.HISTORY)
        ),
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
