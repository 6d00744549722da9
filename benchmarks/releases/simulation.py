"""Simulated experiments with a known truth, as records that the report reads."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from releases.experiments.buckets import BUCKETS, bucket_of
from releases.experiments.coverage import COVERAGE
from releases.experiments.reading import OUTCOMES, Rows
from releases.experiments.team_draft import interleave
from schema.arrays import Float64, Int64

__all__ = ["Random", "arms", "credited", "random_places", "shown", "users"]

Random = np.random.Generator


def arms(random: Random, count: int, salt: str, share: float = 0.5) -> Int64:
    """[count] 1 for candidate, by the buckets of new users."""
    ids = (str(UUID(bytes=random.bytes(16))) for _ in range(count))
    limit = BUCKETS - round(share * BUCKETS)
    return np.array([bucket_of(salt, user) >= limit for user in ids], np.int64)


def users(
    random: Random, of_arm: Int64, weights: Float64 | float, gain: Float64 | float = 0.0
) -> Rows:
    """Outcomes of users who differ in taste and in number of videos (1 to some hundreds).

    Args:
        random: the draws.
        of_arm: [users] 1 for candidate.
        weights: of the users, 1 / the probability of their arm.
        gain: relative, in likes, of the candidate.
    """
    count = len(of_arm)
    rows = np.zeros(count, OUTCOMES)
    videos = np.ceil(random.lognormal(2, 1, count)).astype(int)
    rate = random.beta(1, 2, count) * 0.75 * (1 + gain * of_arm)
    likes = random.binomial(videos, rate)
    rows["number"], rows["is_candidate"], rows["weight"] = np.arange(count), of_arm, weights
    rows["videos"], rows["likes"], rows["nopes"] = videos, likes, videos - likes
    # One in five is opened; seconds with a video are exponential.
    rows["places"], rows["clicks"] = videos, random.binomial(videos, 0.2)
    rows["dwell_s"] = random.gamma(rows["clicks"], 60)
    return rows


def random_places(random: Random, count: int) -> tuple[Float64, Float64, Int64]:
    """Likes, propensities and users of random places; by an even choice 30 % would be liked.

    Ten videos, liked by 3 to 57 %. Each user is shown 1 to 8, drawn by a softmax of a guess that is
    the user's own, so that the log likes more than an even choice. Tastes differ by user.
    """
    rates = np.linspace(0.03, 0.57, 10)
    guess = rates * 4 + random.normal(0, 0.5, (count, 10))
    choice: Float64 = np.exp(guess) / np.exp(guess).sum(axis=1, keepdims=True)
    of_user = np.repeat(np.arange(count), random.integers(1, 9, count))
    drawn = choice.cumsum(axis=1)[of_user] < random.random(len(of_user))[:, None]
    video = np.minimum(drawn.sum(axis=1), 9)
    taste = random.uniform(0.3, 1.7, count)[of_user]
    liked = random.random(len(of_user)) < rates[video] * taste
    return liked.astype(np.float64), choice[of_user, video], of_user


def credited(random: Random, count: int) -> Rows:
    """Outcomes of users with 1 to 5 interleaved answers of 10 videos, by lists equally good.

    Control's are the first 10 of 20 videos in random order, candidate's those of another order, so
    both lists share videos. A user likes a video with a probability of the user's own.
    """
    rows = np.zeros(2 * count, OUTCOMES)
    rows["number"], rows["is_candidate"] = np.repeat(np.arange(count), 2), np.tile([0, 1], count)
    for user, rate in enumerate(random.beta(1, 2, count)):
        for _ in range(random.integers(1, 6)):
            one_list, other = (list(map(str, random.permutation(20)[:10])) for _ in range(2))
            for one in interleave(one_list, other, 10, str(random.integers(2**60))):
                rows["likes"][2 * user + (one.arm == "candidate")] += random.random() < rate
    return rows


def shown(random: Random, count: int, popularity: Float64) -> Rows:
    """Records of coverage.sql: users who are shown 1 to 20 videos drawn by popularity."""
    numbers = random.integers(1, 21, count)
    seen = np.zeros((count, len(popularity)), bool)
    for user, own in enumerate(numbers):
        seen[user, random.choice(len(popularity), own, p=popularity)] = True
    of_user, video = np.nonzero(seen)
    rows = np.zeros(len(of_user), COVERAGE)
    rows["number"], rows["users"], rows["videos"] = of_user, seen.sum(axis=0)[video], 1
    return rows
