"""Resources that a finished node keeps open until the nodes that depend on it have ended."""

from __future__ import annotations

__all__ = ["held", "hold"]

_HELD: list[object] = []


def hold(resource: object) -> None:
    """Keep `resource` alive until this process ends; the runner lets it outlive its node."""
    _HELD.append(resource)


def held() -> bool:
    """Whether any resource is held."""
    return bool(_HELD)
