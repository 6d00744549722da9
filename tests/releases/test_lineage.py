"""What made a version, in words, and the command that makes it again."""

from __future__ import annotations

from releases.lineage import described, remaking

LINEAGE = {
    "run": "2026-11-28T05:13:00",
    "windows": {
        "train_end": "1998-03-01T00:00:00+00:00", "valid_end": "1998-03-20T00:00:00+00:00",
        "eval_end": "1998-04-23T00:00:00+00:00", "since": None,
    },
    "examples": {"users": "f1", "catalogue": "f2"},
    "settings": {"SEED": "8", "EPOCHS": "3"},
    "code": {"commit": "0123456789ab", "trainer": "cafe"},
    "lock": "beef",
}  # fmt: skip


def test_all_that_is_known_is_described() -> None:
    assert described(LINEAGE) == {
        "run": "2026-11-28T05:13:00",
        "windows": "train until 1998-03-01T00:00:00+00:00, valid until 1998-03-20T00:00:00+00:00,"
        " eval until 1998-04-23T00:00:00+00:00",
        "data": "users f1, catalogue f2",
        "code": "commit 0123456789ab, trainer cafe",
        "lock file": "beef",
        "settings": "EPOCHS=3 SEED=8",
        "made again by": "git checkout 0123456789ab && EPOCHS=3"
        " EVAL_END=1998-04-23T00:00:00+00:00 SEED=8 TRAIN_END=1998-03-01T00:00:00+00:00"
        " VALID_END=1998-03-20T00:00:00+00:00 make run",
    }


def test_a_version_of_an_earlier_release_has_less() -> None:
    assert described({"run": "r", "windows": None}) == {"run": "r", "settings": "all defaults"}
    assert remaking({"windows": {"train_end": "x"}}) == ""
