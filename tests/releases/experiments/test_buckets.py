"""Buckets and arms as GrowthBook's published cases have them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.experiments.buckets import arm_of_bucket, bucket_of

# cases.json of GrowthBook's SDKs, specification 0.7.1, "hash", version 2: seed, value, hash.
PUBLISHED = [
    ("seed", "a", 0.0505),
    ("seed", "b", 0.2696),
    ("foo", "ab", 0.2575),
    ("foo", "def", 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 0.124),
    ("90850943850283058242805", "123", 0.7516),
    ("()**(%$##$%#$#", '___)((*":&', 0.0128),
]
# The same file, "run": with the seed foo and equal weights, user 1 gets variation 1.
CANDIDATE_OF_FOO = "1"


@pytest.mark.parametrize(("salt", "user", "expected"), PUBLISHED)
def test_the_bucket_is_growthbook_s_hash(salt: str, user: str, expected: float) -> None:
    assert bucket_of(salt, user) / 10_000 == expected


def test_the_arm_is_growthbook_s_variation() -> None:
    """Variation 1 is the candidate; a border is the upper range's, by "chooseVariation"."""
    assert arm_of_bucket(bucket_of("foo", CANDIDATE_OF_FOO), Decimal("0.5")) == "candidate"
    assert [arm_of_bucket(bucket, Decimal("0.5")) for bucket in (0, 4999, 5000, 9999)] == [
        "control", "control", "candidate", "candidate",
    ]  # fmt: skip


def test_a_share_is_exact_where_floating_point_is_not() -> None:
    """1 - 0.7 is 0.30000000000000004, and would leave bucket 3000 to control."""
    assert arm_of_bucket(3000, Decimal("0.7")) == "candidate"
    assert arm_of_bucket(2999, Decimal("0.7")) == "control"


@given(st.integers(0, 9999), st.integers(1, 9999), st.integers(1, 9999))
def test_a_larger_share_only_adds_users_to_the_candidate(bucket: int, one: int, two: int) -> None:
    low, high = (Decimal(part) / 10_000 for part in sorted((one, two)))
    if arm_of_bucket(bucket, low) == "candidate":
        assert arm_of_bucket(bucket, high) == "candidate"


def test_users_are_spread_evenly_and_two_salts_are_independent() -> None:
    """20,000 users: a fair part lies within 4 standard errors, 0.0142 and 0.0123."""
    users = [str(UUID(int=number)) for number in range(20_000)]
    first = [bucket_of("one", user) >= 5000 for user in users]
    both = [a and bucket_of("two", user) >= 5000 for a, user in zip(first, users, strict=True)]
    assert abs(sum(first) / 20_000 - 0.5) < 0.0142
    assert abs(sum(both) / 20_000 - 0.25) < 0.0123
