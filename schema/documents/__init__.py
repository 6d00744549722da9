"""JSON documents that nodes exchange, or that describe a run.

There is a file for each document, so that a node's cache key depends only on those that it writes
or reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from schema.errors import DataError

__all__ = ["Document"]


class Document(BaseModel):
    """A typed JSON object; missing and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    def plain(self) -> dict[str, Any]:
        """The document as dicts, lists, strings, numbers and None, by the keys of the JSON.

        Optional keys that were not given are left out.
        """
        return self.model_dump(by_alias=True, exclude_unset=True)

    def write(self, file: Path) -> None:
        """Write the file, with its folder where there is none."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.plain(), indent=1))

    @classmethod
    def read(cls, file: Path) -> Self:
        """The document in a file.

        Raises:
            DataError: if it does not have the form of this version.
        """
        try:
            return cls.model_validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise DataError(
                f"{file} as this version writes it", f"{where or 'no JSON'}: {first['msg']}",
                "run `make run` again",
            ) from error  # fmt: skip
