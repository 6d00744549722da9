"""An application that goes on writing: every node of the run still sees one moment."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schema.database import session
from schema.example_columns import PAIR_VIDEOS, RANKED_ID, RELEVANT, SEEN
from schema.features import USER_ID, VIDEO_ID
from tests.databases.pgbouncer import pgbouncer
from tests.databases.toy import run, toy_database

pytestmark = [pytest.mark.e2e, pytest.mark.pooler, pytest.mark.postgres, pytest.mark.tfx]

# The toy world's clock goes on, and its tastes: else a gate would refuse, and rightly so.
LATER = "(SELECT max(decided_at) + interval '1 minute' FROM user_video_decisions)"
DECIDE = f"""
INSERT INTO user_video_decisions
SELECT user_id, video_id, 'like', {LATER} FROM (
    SELECT user_id, video_id FROM user_video_decisions WHERE decision = 'like'
    ORDER BY random() LIMIT 1
) AS liked_before
"""
NEW_VIDEO = """
WITH u AS (INSERT INTO users VALUES (gen_random_uuid(), now()) RETURNING user_id),
    v AS (INSERT INTO videos VALUES (gen_random_uuid(), 'new') RETURNING video_id),
    t AS (INSERT INTO tags VALUES (gen_random_uuid(), gen_random_uuid()::text) RETURNING tag_id)
SELECT user_id, video_id, tag_id FROM u, v, t
"""
LIKE_IT = f"INSERT INTO user_video_decisions VALUES (%s, %s, 'like', {LATER})"
TAG_IT = "INSERT INTO video_tags VALUES (%s, %s)"
AND_GONE = "DELETE FROM videos WHERE video_id = %s"


@contextmanager
def steady_writer(url: str) -> Iterator[list[int]]:
    """Each 50 ms a decision, each half second a new video with a like; every second one goes."""
    stop, written = threading.Event(), [0]

    def write() -> None:
        made: list[str] = []
        while not stop.wait(0.05):
            written[0] += 1
            with session(url) as connection, connection.cursor() as cursor:
                cursor.execute(DECIDE)
                if written[0] % 10 == 0:
                    cursor.execute(NEW_VIDEO)
                    user, video, tag = cursor.fetchone() or ()
                    cursor.execute(LIKE_IT, (user, video))
                    cursor.execute(TAG_IT, (video, tag))
                    made.append(video)
                if written[0] % 20 == 0:
                    cursor.execute(AND_GONE, (made.pop(0),))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


def test_all_nodes_agree_row_by_row(postgres_url: str, tmp_path: Path) -> None:
    with toy_database(postgres_url) as (url, _):
        with steady_writer(url) as written:
            done = run(url, tmp_path, DRIFT_FACTOR="10")
        assert done.returncode == 0, done.stdout + done.stderr
        assert written[0] > 200
    catalogue = _ids(tmp_path, "Catalogue", VIDEO_ID)
    assert len(catalogue) >= 60
    assert _ids(tmp_path, "Popularity", RANKED_ID) == catalogue
    for node, feature in (("Decisions", PAIR_VIDEOS), ("Ranking", SEEN), ("Ranking", RELEVANT)):
        assert _ids(tmp_path, node, feature) <= catalogue
    everybody = _ids(tmp_path, "Users", USER_ID)
    for node in ("Decisions", "EvalPairs", "Ranking"):
        assert _ids(tmp_path, node, USER_ID) <= everybody
    assert len(_windows(tmp_path)) == 1


def test_readers_that_can_share_no_snapshot_get_along(postgres_url: str, tmp_path: Path) -> None:
    """Through a pooler of one connection; videos come and go between two readings."""
    with toy_database(postgres_url) as (url, _), pgbouncer(url, size=1) as pooler:
        with steady_writer(url):
            done = run(pooler.url(), tmp_path, DRIFT_FACTOR="10")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no second connection joined" in (tmp_path / "run.log").read_text()
    assert len(_windows(tmp_path)) == 1


def _records(folder: Path, node: str) -> Iterator[Any]:
    import tensorflow as tf

    files = sorted(map(str, folder.glob(f"pipeline_root/{node}/examples/*/Split-*/*.gz")))
    assert files
    for record in tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator():
        yield tf.train.Example.FromString(record).features.feature


def _ids(folder: Path, node: str, feature: Any) -> set[bytes]:
    """Every id in one feature of a node's Examples; of the run's, since the folder is new."""
    return {i for row in _records(folder, node) for i in row[feature.name].bytes_list.value}


def _windows(folder: Path) -> set[str]:
    """The windows that the readers noted, each once."""
    from pipeline.run_history import open_store

    examples = open_store(folder / "metadata.sqlite").get_artifacts_by_type("Examples")
    noted = {artifact.custom_properties["windows"].string_value for artifact in examples}
    summary = json.loads((folder / "summary.json").read_text())
    assert json.dumps(summary["windows"]) in noted
    return noted
