"""The file two-tower.toml: settings by their names in lower case; the environment beats it."""

from __future__ import annotations

import json
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, TomlConfigSettingsSource

from schema.errors import SetupError

__all__ = ["NAME", "commented", "read_settings"]

NAME = "two-tower.toml"
_WIDTH = 98
_TYPES = {
    bool: "true or false", int: "whole number", float: "number", str: "text", Path: "folder",
}  # fmt: skip
_HEAD = f"""\
# Settings of `two-tower` and make, which read {NAME} in the current folder. Each line shows
# the default: remove its # to change it. A variable of the same name in capitals (EPOCHS=3) beats
# the file. DATABASE_URL, which holds a password, is read from the environment alone.
"""


def read_settings(kind: type[BaseSettings], file: Path) -> dict[str, Any]:
    """The values of the file; none if there is no file.

    Raises:
        SetupError: it is no TOML, or has a name that is no setting.
    """
    try:
        given = TomlConfigSettingsSource(kind, toml_file=file)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        advice = "correct it, or write a new one by `two-tower init`"
        raise SetupError(f"{file} in TOML", f'"{error}"', advice) from error
    unknown = ", ".join(sorted(given.keys() - kind.model_fields.keys()))
    if unknown:
        advice = "take names from a file of `two-tower init`"
        raise SetupError(f"settings in {file}", unknown, advice)
    return given


def commented(kind: type[BaseSettings]) -> str:
    """The file with every setting as a comment: description, type, line with the default."""
    parts = [_part(name, field) for name, field in kind.model_fields.items()]
    return "\n".join([_HEAD, *parts])


def _part(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    about = " ".join((field.description or "").split())
    kind = next(word for of, word in _TYPES.items() if isinstance(default, of))
    said = f"{about} ({kind})"
    lines = textwrap.wrap(said, _WIDTH, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([*lines, f"# {name} = {_toml(default)}", ""])


def _toml(value: object) -> str:
    if isinstance(value, Path):
        here = Path.cwd()
        value = str(value.relative_to(here) if value.is_relative_to(here) else value)
    return json.dumps(value, ensure_ascii=False)  # the same as TOML for text, numbers and switches
