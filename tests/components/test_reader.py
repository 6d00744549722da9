"""What a reader of key ranges sets in its session, and for how long."""

from __future__ import annotations

from contextlib import closing

import pytest

from schema.database import connect

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]


def test_a_reader_sorts_in_more_memory_until_its_transaction_ends(database: str) -> None:
    from components.example_gen.executor import prepare_reader

    with closing(connect(database)) as connection, connection.cursor() as cursor:
        prepare_reader(cursor)
        cursor.execute("SHOW work_mem")
        assert cursor.fetchone() == ("64MB",)
        connection.rollback()
        cursor.execute("SHOW work_mem")
        assert cursor.fetchone() == ("4MB",)
