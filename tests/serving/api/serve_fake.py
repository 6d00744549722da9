"""`python -m tests.serving.api.serve_fake --port 0`: the command, over the fake recommender."""

from __future__ import annotations

import atexit
import sys

from serving.api.__main__ import main
from serving.api.settings import Settings
from tests.serving.api.fake import FakeRecommender


def _opened(settings: Settings, database_url: str) -> FakeRecommender:
    sys.stderr.write(f"opened with {settings.deadline_ms} {len(database_url)}\n")
    fake = FakeRecommender()
    atexit.register(lambda: sys.stderr.write(f"closed: {fake.closed}\n"))
    return fake


if __name__ == "__main__":
    sys.exit(main(_opened))
