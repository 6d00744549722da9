"""Each decision's place in its user's own time, and the SQL that holds the newest ones back."""

__all__ = ["HOLD_BACK", "PLACED", "TRAIN"]

TRAIN = 0.8
"""Share of each user's decisions that a run is given; what is held back is rounded down."""
PLACED = """
WITH placed AS (
    SELECT
        *,
        (row_number() OVER (PARTITION BY user_id ORDER BY decided_at, video_id) - 1)::float8
        / count(*) OVER (PARTITION BY user_id) AS place
    FROM user_video_decisions
)"""
"""Begins a statement: decisions with their `place`, 0 for a user's oldest, always below 1."""
HOLD_BACK = f"""
CREATE TABLE held_back AS {PLACED}
SELECT * FROM placed WHERE place >= {TRAIN};

DELETE FROM user_video_decisions AS decision USING held_back
WHERE decision.user_id = held_back.user_id AND decision.video_id = held_back.video_id
    AND decision.decided_at = held_back.decided_at
"""  # noqa: S608
"""Moves each user's newest decisions to a table that no query of a run reads."""
