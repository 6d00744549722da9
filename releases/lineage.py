"""What made a version, as the registry keeps it, in words; and the command that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["described", "remaking"]

_ENDS = ("train_end", "valid_end", "eval_end")


def described(lineage: Mapping[str, Any]) -> dict[str, str]:
    """Label to text, of what is known; a version of an earlier release has less."""
    examples = lineage.get("examples") or {}
    code = lineage.get("code") or {}
    found = {
        "run": str(lineage.get("run") or ""),
        "windows": _windows(lineage),
        "data": ", ".join(f"{name} {fingerprint}" for name, fingerprint in examples.items()),
        "code": ", ".join(f"{name} {value}" for name, value in code.items() if value),
        "lock file": str(lineage.get("lock") or ""),
        "settings": _assignments(lineage.get("settings") or {}) or "all defaults",
        "made again by": remaking(lineage),
    }
    return {label: text for label, text in found.items() if text}


def remaking(lineage: Mapping[str, Any]) -> str:
    """The shell command that makes the version again on the same data; empty if not known."""
    windows, code = lineage.get("windows") or {}, lineage.get("code") or {}
    if not all(windows.get(end) for end in _ENDS):
        return ""
    given = {**(lineage.get("settings") or {}), **{end.upper(): windows[end] for end in _ENDS}}
    checkout = f"git checkout {code['commit']} && " if code.get("commit") else ""
    return f"{checkout}{_assignments(given)} make run"


def _windows(lineage: Mapping[str, Any]) -> str:
    windows = lineage.get("windows") or {}
    return ", ".join(
        f"{end.partition('_')[0]} until {windows[end]}" for end in _ENDS if end in windows
    )


def _assignments(settings: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(settings.items()))
