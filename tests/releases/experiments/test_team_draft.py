"""Both lists place in turn, none has an advantage."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from releases.experiments import Placed, interleave

LISTS = st.lists(st.sampled_from("abcdefghij"), unique=True)


def test_the_two_lists_that_two_draws_can_give() -> None:
    """By hand: x and u begin, in either order; then each list's next that is not placed."""
    found = {tuple(interleave("xyz", "uyv", 4, str(seed))) for seed in range(200)}
    begin = {
        (("x", "control"), ("u", "candidate")),
        (("u", "candidate"), ("x", "control")),
    }
    end = {
        (("y", "control"), ("v", "candidate")),
        (("y", "candidate"), ("z", "control")),
    }
    assert found == {tuple(Placed(*one) for one in first + then) for first in begin for then in end}


def test_what_lies_beyond_the_shorter_list_is_credited_to_none() -> None:
    """One video against two: whichever began, the other could not answer in kind."""
    for seed in range(20):
        found = dict(interleave("ab", "c", 3, str(seed)))
        assert found == {"a": None, "b": None, "c": None}
    assert interleave("ab", "", 5, "seed") == [Placed("a", None), Placed("b", None)]
    assert interleave("", "", 5, "seed") == []


def test_of_one_place_each_list_gets_half() -> None:
    """4 standard errors of 4,000 draws are 126."""
    firsts = Counter(interleave("ab", "cd", 1, str(seed))[0] for seed in range(4000))
    assert set(firsts) == {Placed("a", "control"), Placed("c", "candidate")}
    assert abs(firsts[Placed("a", "control")] - 2000) < 127


@given(LISTS, st.permutations("abcdefghij"), st.integers(0, 12), st.text())
def test_the_list_has_no_video_twice_and_credit_is_even(
    control: list[str], candidate: list[str], limit: int, seed: str
) -> None:
    placed = interleave(control, candidate, limit, seed)
    videos = [one.video_id for one in placed]
    assert len(set(videos)) == len(videos) == min(limit, 10)
    credit = Counter(one.arm for one in placed)
    assert abs(credit["control"] - credit["candidate"]) <= 1
    for arm, ranked in (("control", control), ("candidate", candidate)):
        own = [one.video_id for one in placed if one.arm == arm]
        assert own == sorted(own, key=ranked.index)
    assert placed == interleave(control, candidate, limit, seed)


@given(st.permutations("abcdefghij"), st.integers(0, 10), st.text())
def test_two_lists_that_agree_stay_as_they_are(ranked: list[str], limit: int, seed: str) -> None:
    placed = interleave(ranked, ranked, limit, seed)
    assert [one.video_id for one in placed] == ranked[:limit]
    assert all(one.arm for one in placed)
