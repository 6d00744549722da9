"""Query text with placeholders that are set step by step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

__all__ = ["Query", "sql_file"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Query:
    """SQL with {placeholders}, which `bind` sets, and %(parameters)s, which the driver sets.

    A placeholder takes SQL, such as a column list or a literal of ours, never a value from
    outside.
    """

    text: str

    def with_parts(self, **parts: str) -> Query:
        """The query with these placeholders set; the others stay open."""
        return Query(_PLACEHOLDER.sub(lambda m: parts.get(m[1], m[0]), self.text))

    def bind(self, values: Mapping[str, object]) -> str:
        """The text with every placeholder set.

        Raises:
            KeyError: for a placeholder without a value.
        """
        return _PLACEHOLDER.sub(lambda m: str(values[m[1]]), self.text)


def sql_file(name: str) -> Query:
    """The file schema/queries/<name>.sql."""
    path = resources.files("schema").joinpath("queries", f"{name}.sql")
    return Query(path.read_text(encoding="utf-8"))
