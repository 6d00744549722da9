"""What the service's page asks beside answers: users to pick, and what one has liked."""

from __future__ import annotations

from schema.database import Connection
from schema.query import sql_file
from schema.row_rules import valid_relations

__all__ = ["liked_titles", "sample_users"]

_USERS = """
SELECT user_id::text FROM user_video_decisions GROUP BY user_id
ORDER BY count(*) DESC, user_id LIMIT %s
"""
_LIKED = sql_file("serving/liked")


def sample_users(connection: Connection, limit: int) -> list[str]:
    """UUIDs of the users with the most decisions."""
    with connection.cursor() as cursor:
        cursor.execute(_USERS, (limit,))
        return [str(user) for (user,) in cursor]


def liked_titles(connection: Connection, user_id: str, limit: int) -> list[str]:
    """Titles of the newest likes of a user; empty for an unknown one."""
    valid = valid_relations(these_users="= %(user_id)s", few_videos=True)
    with connection.cursor() as cursor:
        cursor.execute(_LIKED.bind({"valid": valid}), {"user_id": user_id, "limit": limit})
        return [str(title) for (title,) in cursor]
