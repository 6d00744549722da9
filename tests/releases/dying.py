"""Releases a version in a process that kills itself at its n-th statement.

`python -m tests.releases.dying <url> <version> <n> [<videos>]`; it survives, with status 0, if it
has fewer. It says "begun" once it is connected.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from contextlib import closing
from typing import Any
from uuid import UUID

from psycopg2.extensions import cursor

from schema.database import connect
from tests.releases.staging import release

USERS = [str(UUID(int=number)) for number in range(100, 103)]
VIDEOS = [str(UUID(int=number)) for number in range(200, 205)]


def main(url: str, version: str, last: int, videos: int = 5) -> None:
    """Count what is sent to the server, and die instead of sending the last."""
    counter = itertools.count(1)

    class Dying(cursor):
        def execute(self, *arguments: Any) -> None:
            _die_at(last, counter)
            super().execute(*arguments)

        def copy_expert(self, *arguments: Any, **more: Any) -> None:
            _die_at(last, counter)
            super().copy_expert(*arguments, **more)

    with closing(connect(url)) as connection:
        connection.cursor_factory = Dying
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        names = [str(UUID(int=number)) for number in range(200, 200 + videos)]
        release(connection, version, USERS, names, turn=int(version))


def _die_at(last: int, counter: itertools.count[int]) -> None:
    if next(counter) == last:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
