"""docs/add-a-feature.md, done word for word on a copy of the tree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schema.database import connect
from tests.schema.random_world import ask
from tests.toy_world import START, fill

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]

ROOT = Path(__file__).parents[1]
RECIPE = (ROOT / "docs" / "add-a-feature.md").read_text(encoding="utf-8")
TREE = ("schema", "releases", "components", "serving", "pipeline", "commands", "docs", "tests")


def _follow(tree: Path) -> None:
    """The row at the end of USER, and a shorter history."""
    (row,) = re.findall(r"```text\n(.*?)```", RECIPE, re.DOTALL)
    path = tree / "schema" / "features.py"
    before, user, after = path.read_text(encoding="utf-8").partition("\nUSER = (\n")
    rows, end, rest = after.partition("\n)  # fmt: skip\n")
    rows += "\n" + textwrap.indent(textwrap.dedent(row), "    ").rstrip()
    text = before + user + rows + end + rest
    assert "HISTORY_LENGTH = 100" in text
    path.write_text(text.replace("HISTORY_LENGTH = 100", "HISTORY_LENGTH = 1"), encoding="utf-8")


def _python(tree: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_one_row_is_a_feature_everywhere(tree: Path, database: str, tmp_path: Path) -> None:
    """The schema, the page, the signature and a last dense column that counts what SQL counts."""
    with closing(connect(database)) as connection:
        fill(connection)
        counted = ask(
            connection,
            "SELECT user_id::text AS key, count(*) FILTER (WHERE decision = 'nope') AS nopes"
            " FROM user_video_decisions WHERE decided_at < %(at)s GROUP BY user_id",
            at=START + timedelta(days=2.5),
        )
    _follow(tree)
    for module in re.findall(r"-m (schema\.\w+)", (ROOT / "Makefile").read_text(encoding="utf-8")):
        _python(tree, module)
    assert 'name: "total_nopes"' in (tree / "schema" / "decisions.pbtxt").read_text()
    assert "| `total_nopes` | nopes so far | nopes |" in (tree / "docs/features.md").read_text()
    work = tmp_path / "work"
    said: dict[str, Any] = json.loads(
        _python(tree, "tests.users_in_the_graph", database, str(work))
    )
    assert "total_nopes" in said["signature"]
    assert (said["histories"], said["longest"]) == ([40, 2, 1], 1)
    nopes = {row["key"]: row["nopes"] for row in counted}
    logs = np.log1p([nopes.get(user, 0) for user in said["users"]])
    dense = np.array(said["dense"])
    assert dense.shape == (40, 7 + 2 + 1)
    np.testing.assert_allclose(dense[:, -1], (logs - logs.mean()) / logs.std(), atol=1e-5)
