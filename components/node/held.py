"""What a node leaves open when it has finished, until the nodes behind it have."""

from __future__ import annotations

__all__ = ["held", "hold"]

_HELD: list[object] = []


def hold(resource: object) -> None:
    """Keeps `resource` alive as long as this process, which a runner lets outlive its node."""
    _HELD.append(resource)


def held() -> bool:
    """Whether anything is."""
    return bool(_HELD)
