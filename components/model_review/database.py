"""What the review takes from the database: titles, the kept versions, what made this one."""

from __future__ import annotations

from releases.lineage import described
from releases.registry import Version, live_version, with_vectors
from releases.search import titles_of
from schema.database import Connection
from schema.documents.ranking import Place, RankingFigures
from schema.documents.review import KeptVersion, Review

__all__ = ["with_database"]

GONE = "a video that is gone"


def with_database(review: Review, connection: Connection) -> Review:
    """The review with titles in place of ids, and with the versions that are kept."""
    kept = with_vectors(connection) if live_version(connection) else []
    own = next((one.lineage for one in kept if one.version == review.version), {})
    return review.model_copy(
        update={
            "ranking": _titled(review.ranking, connection),
            "kept": [_kept(one) for one in kept],
            "made_by": described(own) if own else {},
        }
    )


def _titled(ranking: RankingFigures, connection: Connection) -> RankingFigures:
    ids = {place.video for user in ranking.lists for place in (*user.candidate, *user.live)}
    titles = titles_of(connection, sorted(ids))

    def named(places: list[Place]) -> list[Place]:
        return [
            place.model_copy(update={"video": titles.get(place.video, GONE)}) for place in places
        ]

    lists = [
        user.model_copy(update={"candidate": named(user.candidate), "live": named(user.live)})
        for user in ranking.lists
    ]
    return ranking.model_copy(update={"lists": lists})


def _kept(one: Version) -> KeptVersion:
    released = one.released_at.strftime("%Y-%m-%d %H:%M") if one.released_at else ""
    return KeptVersion(
        version=one.version, state=one.state.value, released=released, users=one.users,
        videos=one.videos,
    )  # fmt: skip
