"""Printed output: the end of a run, and recommendations beside the titles that the user liked."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.json_file import write_json
from pipeline.settings import Settings
from schema.database import Connection
from schema.documents.review import Review
from schema.documents.summary import Answered, Sample, Summary, Written
from schema.errors import DatabaseError
from schema.row_rules import valid_relations
from serving.model_client import ModelServerClient
from serving.recommender.people import liked_titles
from serving.recommender.recommend import DirectAnswer, recommend_videos

__all__ = ["RECOMMENDED", "answer_data", "show_answer", "show_run"]

RECOMMENDED = 10

_SAMPLE_USER = f"""
WITH {valid_relations()}
SELECT user_id::text FROM user_video_decisions WHERE decision = 'like'
ORDER BY decided_at DESC, user_id LIMIT 1
"""


def show_run(
    settings: Settings,
    connection: Connection,
    client: ModelServerClient,
    console: Console,
    started: float,
) -> list[str]:
    """Prints gate, sample recommendations and paths, and completes summary.json with them.

    Returns:
        News for people who are not there: a release; none of a run that changed nothing.
    """
    summary = Summary.read(settings.summary)
    outcome = summary.review.outcome
    live = outcome.live if outcome else summary.model_version
    client.wait_until_available(live, timeout_s=30)
    user = _sample_user(connection)
    answer = recommend_videos(connection, client, user, RECOMMENDED)
    _show_gate(summary.review, console)
    _show_quarantine(summary.quarantine, console)
    show_answer(connection, user, answer, console)
    seconds = round(time.monotonic() - started, 1)
    more = {
        "sample": Sample(
            answer=Answered.model_validate(asdict(answer)),
            liked=liked_titles(connection, user, RECOMMENDED),
        ),
        "embeddings_written": _written(connection, summary.model_version),
        "seconds_in_all": seconds,
    }
    write_json(settings.summary, summary.model_copy(update=more).plain())
    for name, path in {**summary.paths, "summary": str(settings.summary)}.items():
        console.print(f"{name + ':':<10}{path}", highlight=False, soft_wrap=True)
    console.print(f"{seconds} s, peak {summary.peak_mb:,} MB", highlight=False)
    if outcome and outcome.outcome == "released":
        return [f"two-tower: version {outcome.live} is live. {_gate(summary.review)}"]
    return []


def answer_data(answer: DirectAnswer) -> dict[str, Any]:
    """The answer in the form of `two-tower recommend --json`."""
    return {
        "by": "model server",
        "rung": answer.source,
        "model_version": answer.version,
        "reason": answer.reason,
        "items": [asdict(video) for video in answer.videos],
    }


def show_answer(connection: Connection, user: str, answer: DirectAnswer, console: Console) -> None:
    """Prints the recommended titles beside those that the user liked last."""
    source = f"two-tower {answer.version}" if answer.version else f"popularity: {answer.reason}"
    table = Table(title=f"for one user, by {source}", title_justify="left")
    for heading in ("recommended", "score", "liked before"):
        table.add_column(heading, justify="right" if heading == "score" else "left")
    liked = liked_titles(connection, user, RECOMMENDED)
    for place, video in enumerate(answer.videos):
        before = liked[place] if place < len(liked) else ""
        table.add_row(video.title, f"{video.score:.3f}", before)
    console.print(table)


def _gate(review: Review) -> str:
    overall = review.candidate.overall
    return (
        f"AUC-PR {overall.auc_pr:.3f} (random: {overall.prevalence:.3f})"
        f" over {overall.pairs:,} pairs: {_outcome(review)}"
    )


def _show_gate(review: Review, console: Console) -> None:
    console.print(_gate(review), highlight=False)
    console.print(review.protocol, style="dim", highlight=False)
    ranking = review.ranking
    figures = (f"{name} {model.ndcg_10.mean:.4f}" for name, model in ranking.models.items())
    console.print(f"NDCG@10: {', '.join(figures)}", highlight=False)
    console.print(f"NDCG@10: {ranking.protocol}", style="dim", highlight=False)


def _outcome(review: Review) -> str:
    if review.outcome is None or review.outcome.outcome == "released":
        return f"released as {review.version}"
    reason = review.outcome.reason or "nothing new to release"
    return f"unchanged, {review.outcome.live} is live ({reason})"


def _show_quarantine(counts: dict[str, int], console: Console) -> None:
    if counts:
        found = ", ".join(f"{reason} ({rows:,})" for reason, rows in counts.items())
        console.print(f"data checks: {found}; see two_tower.quarantine", highlight=False)


def _sample_user(connection: Connection) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE_USER)
        found = cursor.fetchone()
    if not found:
        raise DatabaseError("a user with a like", "none", "fill user_video_decisions")
    return str(found[0])


def _written(connection: Connection, version: str) -> Written:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT users, videos FROM two_tower.versions WHERE version = %s", (version,)
        )
        users, videos = cursor.fetchone() or (0, 0)
    return Written(users=int(users), videos=int(videos))
