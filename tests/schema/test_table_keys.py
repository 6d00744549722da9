"""Which source tables lack a key, and for how long the answer is used again."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from schema import table_keys
from schema.database import connect, session
from schema.table_keys import tables_without_key

pytestmark = pytest.mark.postgres


def test_a_dropped_key_is_seen_at_once_by_others_and_after_a_minute_here(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(database, readonly=True)) as kept:
        assert tables_without_key(kept) == frozenset()
        kept.rollback()
        with session(database) as connection, connection.cursor() as cursor:
            cursor.execute("ALTER TABLE tags DROP CONSTRAINT tags_pkey CASCADE")
        with session(database) as other:
            assert tables_without_key(other) == {"tags"}
        assert tables_without_key(kept) == frozenset()
        later = time.monotonic() + 61
        monkeypatch.setattr(table_keys.time, "monotonic", lambda: later)
        assert tables_without_key(kept) == {"tags"}
