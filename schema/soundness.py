"""What a sound row is, per source table: one rule, read by every query and by the quarantine.

A source table may be a view of another database, so that nothing is certain: what tables.sql
forbids happens. The queries of this package begin with `sound_relations()`, which puts a relation
of sound rows in each table's place, under the table's own name. The quarantine counts and keeps
the others. So what is right never depends on which node runs first.

A key may come twice from a view. Then the first of the sound rows counts, in an order that the
rows alone decide: of a user's decisions on one video at one moment the nope, else the least text.
Sorting costs, so it is done for the tables alone whose keys no index holds unique
(`table_keys.tables_without_key`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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
    "sound_relations",
    "sound_template",
]

BURST = 600
"""Decisions of one user in one minute that no hand makes: ten a second."""
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
"""What names a row of each table, once."""
TWICE = "key comes twice"
"""What is said of a sound row whose key has come before, in the order of `order_of`."""

# Control characters but tab, line feed and carriage return; and U+FFFD, which stands where
# text was decoded wrongly.
_UNREADABLE = r"[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uFFFD]"


@dataclass(frozen=True)
class Rule:
    """One condition that every sound row of a table meets.

    Attributes:
        table: the source table.
        reason: what is said of a row that breaks it.
        sound: SQL condition over the table's row. It may read other tables, whose sound rows
            it then sees, and is never NULL for a row that meets the rules before it. `{now}`
            stands for the moment as of which it is asked.
    """

    table: str
    reason: str
    sound: str


def _known(table: str, column: str, other: str) -> str:
    return f"EXISTS (SELECT FROM {other} WHERE {other}.{column} = {table}.{column})"


def _readable(*columns: str) -> str:
    # A function, since of `!~` the planner believes that it leaves nothing over.
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
        _known("video_performers", "video_id", "sound_videos"),
    ),
    Rule(
        "video_performers", "unknown performer",
        _known("video_performers", "performer_id", "performers"),
    ),
    Rule("video_tags", "unknown video", _known("video_tags", "video_id", "sound_videos")),
    Rule("video_tags", "unknown tag", _known("video_tags", "tag_id", "tags")),
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
        "user_video_decisions", "unknown user", _known("user_video_decisions", "user_id", "users")
    ),
    Rule(
        "user_video_decisions", "unknown video",
        _known("user_video_decisions", "video_id", "sound_videos"),
    ),
    Rule(
        "user_video_decisions", "too many in a minute",
        f"(user_id, {_MINUTE}) NOT IN (SELECT user_id, minute FROM bursts)",
    ),
)  # fmt: skip
"""In the order in which they are asked: a row has the reason of the first that it breaks."""


def rules_of(table: str) -> tuple[Rule, ...]:
    """The rules of one table, in their order."""
    return tuple(rule for rule in RULES if rule.table == table)


def order_of(table: str) -> str:
    """SQL: which of the rows with one key comes first; that one counts."""
    first = "decision DESC, " if table == "user_video_decisions" else ""
    return f'{", ".join(KEYS[table])}, {first}{table}::text COLLATE "C"'


def sound_relations(
    *,
    without_key: Collection[str] = (),
    of_users: bool = False,
    few_videos: bool = False,
    raw: str = "",
    now: str = "now()",
) -> str:
    """Relations for a query's WITH, each named like the table whose sound rows it holds.

    Args:
        without_key: tables whose keys may come twice.
        of_users: whether only the decisions of the users from `first_id` to `last_id` matter,
            and few of them, as in a request. Nothing is read in full then.
        few_videos: whether only some videos matter, as in a request; others are not looked at.
        raw: the one table that stays as it is.
        now: SQL: decisions after that moment are not made yet.
    """
    text = sound_template(of_users=of_users, few_videos=few_videos, raw=raw)
    for name, value in bindings(without_key, now).items():
        text = text.replace(f"{{{name}}}", value)
    return text


def bindings(without_key: Collection[str], now: str) -> dict[str, str]:
    """What the placeholders of `sound_template` stand for."""
    bound = {"now": now}
    for table, key in KEYS.items():
        twice = table in without_key
        bound[f"once_{table}"] = f"DISTINCT ON ({', '.join(key)})" if twice else ""
        bound[f"order_{table}"] = f"ORDER BY {order_of(table)}" if twice else ""
    return bound


def sound_template(*, of_users: bool = False, few_videos: bool = False, raw: str = "") -> str:
    """As `sound_relations`, with the placeholders {now}, {once_<table>} and {order_<table>}.

    Of a relation that is named in its own definition, SQL means the table.
    """
    once = "NOT MATERIALIZED" if of_users or few_videos else "MATERIALIZED"
    relations = {
        "sound_videos": f"{once} (SELECT video_id FROM videos WHERE {all_of(rules_of('videos'))})",
        "videos": _relation("videos", _known("videos", "video_id", "sound_videos")),
        **{table: _relation(table) for table in ("users", "performers", "tags")},
        "bursts": _bursts(of_users=of_users),
        "user_video_decisions": _relation("user_video_decisions"),
    }
    return ",\n\n".join(f"{name} AS {text}" for name, text in relations.items() if name != raw)


def all_of(rules: tuple[Rule, ...]) -> str:
    """The condition of a row that meets all of these rules; of any row where there is none."""
    return "\n    AND ".join(f"({rule.sound})" for rule in rules) or "true"


def _relation(table: str, condition: str = "") -> str:
    return f"""NOT MATERIALIZED (
    SELECT {{once_{table}}} * FROM {table} WHERE {condition or all_of(rules_of(table))}
    {{order_{table}}}
)"""


def _bursts(*, of_users: bool) -> str:
    """By the LIMIT the planner knows them to be few, and looks them up in a hash table."""
    these = " AND user_id BETWEEN %(first_id)s AND %(last_id)s" if of_users else ""
    return f"""MATERIALIZED (
    SELECT user_id, {_MINUTE} AS minute
    FROM user_video_decisions
    WHERE decided_at <= {{now}} AND user_id IN (
        SELECT user_id FROM user_video_decisions
        WHERE decided_at <= {{now}}{these} GROUP BY user_id HAVING count(*) > {BURST}
    )
    GROUP BY user_id, minute HAVING count(*) > {BURST}
    LIMIT 20000
)"""
