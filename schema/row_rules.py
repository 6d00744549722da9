"""Rules of valid rows, per source table, read by every query and by the quarantine.

A source table may be a view of another database, for which the constraints of tables.sql do not
hold. Every query begins with `valid_relations()`, which shadows each table by a relation of its
valid rows under the same name. The quarantine counts and keeps the other rows. The result does not
depend on the order of nodes.

A view may return a key twice. Then the first of the valid rows counts, in an order that depends on
the rows alone: among a user's decisions on one video at one moment the nope, else the smallest
text. Sorting is slow, so it is done only for tables without a unique index on the key
(`table_keys.tables_without_key`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from schema.query import Query

__all__ = [
    "BURST",
    "KEYS",
    "RULES",
    "TWICE",
    "Rule",
    "all_of",
    "bindings",
    "order_of",
    "rules_of",
    "valid_relations",
    "valid_template",
]

BURST = 600
"""Most decisions of one user in one minute, ten a second; a person makes fewer."""
_MINUTE = "date_bin('1 minute', decided_at, '1970-01-01+00'::timestamptz)"
KEYS = {
    "users": ("user_id",),
    "videos": ("video_id",),
    "performers": ("performer_id",),
    "tags": ("tag_id",),
    "video_performers": ("video_id", "performer_id"),
    "video_tags": ("video_id", "tag_id"),
    "user_video_decisions": ("user_id", "video_id", "decided_at"),
}
"""Key columns by table."""
TWICE = "key comes twice"
"""Reason for a valid row whose key an earlier row has, in the order of `order_of`."""

# Control characters except tab, line feed and carriage return; and U+FFFD, which replaces text
# that was decoded wrongly.
_UNREADABLE = r"[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFD]"


@dataclass(frozen=True)
class Rule:
    """One condition that every valid row of a table meets.

    Attributes:
        table: the source table.
        reason: shown for a row that breaks the rule.
        condition: SQL over the table's row. It may read other tables, whose valid rows it sees. It
            is never NULL for a row that meets the earlier rules. `{now}` is replaced by the moment
            of the query.
    """

    table: str
    reason: str
    condition: str


def _exists(table: str, column: str, other: str) -> str:
    return f"EXISTS (SELECT FROM {other} WHERE {other}.{column} = {table}.{column})"


def _readable(*columns: str) -> str:
    # A function, because the planner estimates that `!~` leaves no row.
    return f"NOT regexp_like(concat_ws(' ', {', '.join(columns)}), '{_UNREADABLE}')"


RULES = (
    Rule("users", "missing key", "user_id IS NOT NULL"),
    Rule("videos", "missing key", "video_id IS NOT NULL"),
    Rule("videos", "missing title", "title IS NOT NULL"),
    Rule("videos", "unreadable text", _readable("title", "description", "genre", "maker")),
    Rule("performers", "missing key", "performer_id IS NOT NULL"),
    Rule("performers", "unreadable text", _readable("name")),
    Rule("tags", "missing key", "tag_id IS NOT NULL"),
    Rule("tags", "unreadable text", _readable("name")),
    Rule(
        "video_performers", "unknown video",
        _exists("video_performers", "video_id", "valid_videos"),
    ),
    Rule(
        "video_performers", "unknown performer",
        _exists("video_performers", "performer_id", "performers"),
    ),
    Rule("video_tags", "unknown video", _exists("video_tags", "video_id", "valid_videos")),
    Rule("video_tags", "unknown tag", _exists("video_tags", "tag_id", "tags")),
    Rule(
        "user_video_decisions", "missing value",
        "(user_id, video_id, decision, decided_at) IS NOT NULL",
    ),
    Rule("user_video_decisions", "unknown decision", "decision IN ('like', 'nope')"),
    Rule(
        "user_video_decisions", "impossible date",
        "decided_at >= '1970-01-01+00'::timestamptz AND decided_at <= {now}",
    ),
    Rule(
        "user_video_decisions", "unknown user", _exists("user_video_decisions", "user_id", "users")
    ),
    Rule(
        "user_video_decisions", "unknown video",
        _exists("user_video_decisions", "video_id", "valid_videos"),
    ),
    Rule(
        "user_video_decisions", "too many in a minute",
        f"(user_id, {_MINUTE}) NOT IN (SELECT user_id, minute FROM bursts)",
    ),
)  # fmt: skip
"""In order: a row gets the reason of the first rule that it breaks."""


def rules_of(table: str) -> tuple[Rule, ...]:
    """The rules of one table, in their order."""
    return tuple(rule for rule in RULES if rule.table == table)


def order_of(table: str) -> str:
    """SQL order that puts first, among the rows with one key, the row that counts."""
    first = "decision DESC, " if table == "user_video_decisions" else ""
    return f'{", ".join(KEYS[table])}, {first}{table}::text COLLATE "C"'


def valid_relations(
    *,
    without_key: Collection[str] = (),
    these_users: str = "",
    few_videos: bool = False,
    raw: str = "",
    now: str = "now()",
) -> str:
    """Relations for a query's WITH, each named like the table whose valid rows it holds.

    Args:
        without_key: tables without a unique index on their key.
        these_users: SQL that follows `user_id`, such as "= ANY (…)", for a request that needs the
            decisions of few users only. No table is read in full then.
        few_videos: whether a request needs few videos only. Others are not read then.
        raw: the one table that is not shadowed.
        now: SQL of a moment; later decisions are ignored.
    """
    template = valid_template(these_users=these_users, few_videos=few_videos, raw=raw)
    return Query(template).bind(bindings(without_key, now))


def bindings(without_key: Collection[str], now: str) -> dict[str, str]:
    """Values for the placeholders of `valid_template`."""
    bound = {"now": now}
    for table, key in KEYS.items():
        twice = table in without_key
        bound[f"once_{table}"] = f"DISTINCT ON ({', '.join(key)})" if twice else ""
        bound[f"order_{table}"] = f"ORDER BY {order_of(table)}" if twice else ""
    return bound


def valid_template(*, these_users: str = "", few_videos: bool = False, raw: str = "") -> str:
    """`valid_relations` with open placeholders {now}, {once_<table>} and {order_<table>}.

    Inside the definition of a relation, SQL resolves the relation's own name to the table.
    """
    once = "NOT MATERIALIZED" if these_users or few_videos else "MATERIALIZED"
    relations = {
        "valid_videos": f"{once} (SELECT video_id FROM videos WHERE {all_of(rules_of('videos'))})",
        "videos": _relation("videos", _exists("videos", "video_id", "valid_videos")),
        **{table: _relation(table) for table in ("users", "performers", "tags")},
        "bursts": _bursts(these_users),
        "user_video_decisions": _relation("user_video_decisions"),
    }
    return ",\n\n".join(f"{name} AS {text}" for name, text in relations.items() if name != raw)


def all_of(rules: tuple[Rule, ...]) -> str:
    """The conjunction of these rules' conditions; true for none."""
    return "\n    AND ".join(f"({rule.condition})" for rule in rules) or "true"


def _relation(table: str, condition: str = "") -> str:
    return f"""NOT MATERIALIZED (
    SELECT {{once_{table}}} * FROM {table} WHERE {condition or all_of(rules_of(table))}
    {{order_{table}}}
)"""


def _bursts(these_users: str) -> str:
    """SQL of minutes with too many decisions; by LIMIT the planner knows they fit a hash table."""
    users = f" AND user_id {these_users}" if these_users else ""
    return f"""MATERIALIZED (
    SELECT user_id, {_MINUTE} AS minute
    FROM user_video_decisions
    WHERE decided_at <= {{now}} AND user_id IN (
        SELECT user_id FROM user_video_decisions
        WHERE decided_at <= {{now}}{users} GROUP BY user_id HAVING count(*) > {BURST}
    )
    GROUP BY user_id, minute HAVING count(*) > {BURST}
    LIMIT 20000
)"""
