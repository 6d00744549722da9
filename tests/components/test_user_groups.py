"""Groups of users by how many videos they have decided on."""

from __future__ import annotations

from components.user_groups import groups, members


def test_the_groups_begin_at_no_decision_at_1_and_at_10() -> None:
    assert groups([0, 1, 2, 9, 10, 11, 10_000]).tolist() == [0, 1, 1, 1, 2, 2, 2]


def test_a_group_has_its_label_and_its_users_and_an_empty_one_is_left_out() -> None:
    assert [(label, mask.tolist()) for label, mask in members([12, 0, 10])] == [
        ("none", [False, True, False]),
        ("10 or more", [True, False, True]),
    ]
