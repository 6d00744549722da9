"""Settings of the service, in one frozen object; no other module of it reads the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any

from limits import parse
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import SettingsConfigDict

from schema.errors import SetupError
from schema.given_settings import GivenSettings
from serving.recommender.ladder import UnknownUsers

__all__ = ["Settings", "database_url", "from_environment"]

_PREFIX = "API_"
_MODEL_SERVER_URL = "MODEL_SERVER_URL"


def _listed(value: object) -> object:
    """Text with commas as a list."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _hash(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError(text)
    return text


def _rate(text: str) -> str:
    parse(text)
    return text


Hash = Annotated[str, AfterValidator(_hash)]
Words = BeforeValidator(_listed)


class Settings(GivenSettings):
    """Settings of the service; each field's description is below it."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    host: str = "127.0.0.1"
    """Address to listen on; loopback unless it is changed."""
    port: int = Field(default=8080, ge=0, le=65535)
    """0: any free one."""
    hosts: Annotated[tuple[str, ...], Words] = ()
    """Names in a request's Host header, with commas between them; empty: the loopback names where
    the address is loopback, else any. It keeps pages of other sites from reading answers by a name
    of theirs that leads here."""
    database_url_name: str = Field(default="DATABASE_URL", pattern="^[A-Z_][A-Z0-9_]*$")
    """Name of the environment variable with the address of the database."""
    model_server_url: str = ""
    """URL of the model server; empty: answers are of the rungs below."""
    deadline_ms: int = Field(default=200, ge=1, le=60_000)
    """Milliseconds that the recommender may take for one answer."""
    unknown_users: UnknownUsers = UnknownUsers.MODEL
    """What answers a user without a decision: `model`, by default features, or `popular`."""
    copy_most: int = Field(default=300_000, ge=0)
    """Videos of a version above which the service keeps no copy of it, 3.7 kB for each video; SQL
    searches then, which takes longer."""
    workers: int = Field(default=8, ge=1, le=64)
    """Requests answered at the same time, each in a thread."""
    queue: int = Field(default=64, ge=0, le=10_000)
    """Requests that may wait for a worker; the next is answered 503 at once."""
    key_hashes: Annotated[tuple[Hash, ...], Words] = ()
    """SHA-256 of each API key, in hexadecimal, with commas between them; empty: no key is asked
    for."""
    rate: Annotated[str, AfterValidator(_rate)] = "1200/minute"
    """Requests that one key may make; without keys, one address."""


def from_environment(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings by variables `API_<FIELD>` and `MODEL_SERVER_URL`; `given` counts more.

    Raises:
        SetupError: for a value that cannot be used.
    """
    variables = os.environ if environment is None else environment
    names = {field: f"{_PREFIX}{field.upper()}" for field in Settings.model_fields}
    names["model_server_url"] = _MODEL_SERVER_URL
    found: dict[str, Any] = {field: variables.get(name, "") for field, name in names.items()}
    values = {field: text for field, text in found.items() if text}
    try:
        return Settings(**{**values, **given})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        said = " ".join((Settings.model_fields[field].description or "").split()).rstrip(".")
        # The cause is dropped: it may hold a value that is secret.
        raise SetupError(
            f"{names[field]} as described ({said})", "another value", "change or unset it"
        ) from None


def database_url(settings: Settings, environment: Mapping[str, str] | None = None) -> str:
    """The address of the database; it never enters the settings.

    Raises:
        SetupError: the variable is not set.
    """
    variables = os.environ if environment is None else environment
    name = settings.database_url_name
    if not (url := variables.get(name, "").strip()):
        raise SetupError(f"{name} with the address of the database", "none", "set it")
    return url
