"""The table of the bench of scale."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tfx


def test_a_row_has_each_way_s_seconds_speed_and_memory_and_quick_nodes_are_left_out() -> None:
    from benchmarks.scale.__main__ import _table
    from benchmarks.scale.measuring import Cost

    costs = {
        "local": {"Users": Cost(2.0, 100, 0, 40), "Moment": Cost(0.1, 1)},
        "2 workers": {"Users": Cost(4.0, 90, 50, 40), "Moment": Cost(0.2)},
    }
    assert _table(costs).splitlines() == [
        "| node | rows | local: s | local: MB | 2 workers: s | 2 workers: MB |",
        "|---|---|---|---|---|---|",
        "| Users | 40 | 2.0 (20 rows/s) | 100 | 4.0 (10 rows/s) | 90 + 50 |",
    ]
