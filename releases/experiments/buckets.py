"""A user's bucket by GrowthBook's hash, version 2, so that its tools choose the same arm.

Source: GrowthBook's documentation "Build Your Own SDK", section on hashing. In GrowthBook the same
experiment has `hashVersion` 2, the salt as `seed`, the user's id as hash attribute, the variations
control and candidate, and the weights 1 - share and share.
"""

from __future__ import annotations

from decimal import Decimal

__all__ = ["BUCKETS", "CANDIDATE", "CONTROL", "arm_of_bucket", "bucket_of"]

BUCKETS = 10_000
CONTROL, CANDIDATE = "control", "candidate"

_BASIS, _PRIME = 0x811C9DC5, 0x01000193


def bucket_of(salt: str, user_id: str) -> int:
    """0 to 9999, the same for the same salt and id.

    Args:
        salt: ASCII.
        user_id: ASCII; a UUID is in lower case, with hyphens.
    """
    return _fnv1a32(str(_fnv1a32(salt + user_id))) % BUCKETS


def arm_of_bucket(bucket: int, share: Decimal) -> str:
    """Control has the lower buckets; `share`, with four decimals, is the candidate's part.

    In whole buckets: 1 - 0.7 is more than 0.3 in floating point.
    """
    return CANDIDATE if bucket >= BUCKETS - int(share * BUCKETS) else CONTROL


def _fnv1a32(text: str) -> int:
    """Fowler, Noll and Vo's hash of 32 bits, variant 1a."""
    value = _BASIS
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * _PRIME) & 0xFFFFFFFF
    return value
