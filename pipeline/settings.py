"""Every setting of a run, in one frozen object; the environment is read here alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from components.example_gen.example_query import NegativeSampling
from schema.errors import SetupError
from schema.windows import WindowRule

__all__ = ["DATABASE_URL", "PIPELINE_NAME", "Settings", "from_environment", "given_database_url"]

PIPELINE_NAME = "two_tower"
"""What TFX registers and runs."""

DATABASE_URL = "DATABASE_URL"
"""Name of the environment variable; its value never enters settings, artifacts or logs."""

LAST = "last"
"""As SINCE: since the end of what the last run was fitted on."""


def _switched(value: object) -> object:
    """Texts are 0 or 1; pydantic would also take yes, on and t."""
    if isinstance(value, str) and value not in {"0", "1"}:
        raise ValueError(value)
    return value


Folder = Annotated[Path, AfterValidator(Path.resolve)]
Switch = Annotated[bool, BeforeValidator(_switched)]


class Settings(BaseSettings):
    """Settings of a run; each field's description stands below it."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    folder: Folder = Field(default_factory=lambda: Path(__file__).resolve().parents[1] / "var")
    """Where a run keeps everything it makes."""
    valid_fraction: float = 0.1
    """Share of the decisions that choose the epoch, the second newest."""
    eval_fraction: float = 0.1
    """Share of the decisions that judge the model, the newest."""
    train_end: str = ""
    """ISO 8601 moment; the three moments, given together, replace the shares."""
    valid_end: str = ""
    """ISO 8601 moment."""
    eval_end: str = ""
    """ISO 8601 moment."""
    since: str = ""
    """ISO 8601 moment; the model is fitted on pairs of decisions from then on, each user known by
    the whole past. Without it, on all. In the environment also `last`: what the last run was fitted
    on is left out."""
    epochs: int = 50
    """Most epochs of a fit."""
    negative_ratio: int = 2
    """Negatives to one positive, per user; a random ranking's AUC-PR is
    1 / (1 + ratio)."""
    negative_alpha: float = 0.75
    """Negatives are drawn by popularity to this power; 0 draws evenly."""
    seed: int = 7
    """Of sampling, weights and shuffling."""
    auc_pr_floor: float = 1.08
    """Of the first gate, as a multiple of a random ranking's AUC-PR, so 1 or more."""
    auc_pr_tolerance: float = 0.01
    """Largest shortfall in AUC-PR against the live model."""
    eval_intervals: Switch = False
    """1: the review has 95% intervals of all its figures on pairs, which take the Evaluator three
    times as long."""
    quarantine_limit: float = 0.05
    """Share of a table's rows that may be bad before the run ends."""
    drift_factor: float = 1.0
    """Factor on every threshold of drift and skew; 2 lets an intended change pass."""
    readers: int = 4
    """Key ranges of each read."""
    nodes_at_once: int = Field(default_factory=lambda: min(os.cpu_count() or 1, 4))
    """Nodes that may run together, each in a process of its own."""
    warm_start: Switch = False
    """1: the fit may start from the weights of the last release, where they score better on the
    valid window than the closed form."""
    refit: Switch = True
    """1: the released model is fitted on everything up to the run's moment, in the way that the
    gates have accepted; 0: the candidate itself is released."""
    model_server_url: str = ""
    """A TensorFlow Serving in place of the embedded server."""
    train: str = "{}"
    """Hyper-parameters that differ from TrainSettings' own, as a JSON object."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments alone, so that a bench or a test does not depend on the environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse values that no run could use."""
        given = [bool(moment) for moment in self.window_ends]
        if any(given) and not all(given):
            raise SetupError(
                "TRAIN_END, VALID_END and EVAL_END together, or none", "some of them", "set all"
            )
        _ = self.negative_sampling
        self._check_since()
        if not 0 <= self.quarantine_limit <= 1:
            raise SetupError(
                "QUARANTINE_LIMIT from 0 to 1", str(self.quarantine_limit), "change it"
            )
        if not self.auc_pr_floor >= 1:
            raise SetupError(
                "AUC_PR_FLOOR of 1, a random ranking's, or more", str(self.auc_pr_floor),
                "give it as a multiple of the share of likes: 1.08 is 0.36 at one like to two",
            )  # fmt: skip
        if not self.drift_factor > 0:
            raise SetupError("DRIFT_FACTOR above 0", str(self.drift_factor), "change it")
        return self

    def replaced(self, **changes: Any) -> Settings:
        """A copy with other values, checked like any."""
        return Settings(**{**dict(self), **changes})

    def _check_since(self) -> None:
        try:
            zoned = not self.since or datetime.fromisoformat(self.since).tzinfo
        except ValueError:
            zoned = None
        if not zoned:
            wanted = "SINCE as a moment with a zone, such as 2026-01-31T00:00:00+00:00"
            raise SetupError(wanted, repr(self.since), "change or unset it")

    @property
    def window_ends(self) -> tuple[str, str, str]:
        """The three ends of the windows, empty where shares decide."""
        return (self.train_end, self.valid_end, self.eval_end)

    @property
    def window_rule(self) -> WindowRule:
        """How time is cut."""
        moments = self.window_ends if all(self.window_ends) else None
        return WindowRule(self.valid_fraction, self.eval_fraction, moments)

    @property
    def negative_sampling(self) -> NegativeSampling:
        """How negatives are drawn."""
        return NegativeSampling(
            seed=self.seed, ratio=self.negative_ratio, alpha=self.negative_alpha
        )

    @property
    def models(self) -> Path:
        """The base folder of TensorFlow Serving: one numeric folder for each version."""
        return self.folder / "models"

    @property
    def metadata(self) -> Path:
        """ML Metadata's SQLite file."""
        return self.folder / "metadata.sqlite"

    @property
    def cut(self) -> Path:
        """What the readers of the run that is under way agree on."""
        return self.folder / "cut.json"

    @property
    def lock(self) -> Path:
        """Locked by the processes of the run that is under way."""
        return self.folder / "nodes.lock"

    @property
    def temporary(self) -> Path:
        """Temporary files of the run that is under way; gone after it."""
        return self.folder / "run.tmp"

    @property
    def progress(self) -> Path:
        """Events of the run that is under way, one JSON object a line."""
        return self.folder / "progress.jsonl"

    @property
    def summary(self) -> Path:
        """The machine-readable end of the last run."""
        return self.folder / "summary.json"

    @property
    def review_page(self) -> Path:
        """The last run's model review."""
        return self.folder / "review.html"

    @property
    def review_figures(self) -> Path:
        """What the page shows, as JSON."""
        return self.folder / "review.json"

    @property
    def log(self) -> Path:
        """What TFX, TensorFlow and Beam say while they run."""
        return self.folder / "run.log"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings whose fields are overridden by variables of the same name in capitals.

    Raises:
        SetupError: for a value that is not of the field's type.
    """
    given = os.environ if environment is None else environment
    source = EnvSettingsSource(Settings, case_sensitive=True)
    source.env_vars = {
        name.lower(): text for name, text in given.items() if text and name.isupper()
    }
    changes = source()
    try:
        if changes.get("since") == LAST:
            changes["since"] = _fitted_until(Settings(**{**changes, "since": ""}).summary)
        return Settings(**changes)
    except ValidationError as error:
        raise _in_one_line(error) from error


def given_database_url() -> str:
    """What DATABASE_URL holds; empty where it is not set."""
    return os.environ.get(DATABASE_URL, "").strip()


def _fitted_until(summary: Path) -> str:
    """The moment up to which the last run's model was fitted.

    Raises:
        SetupError: if there is no such run, or its model was refused.
    """
    try:
        last = json.loads(summary.read_text(encoding="utf-8"))
    except FileNotFoundError:
        last = {}
    if "windows" not in last or not last["review"]["verdict"]["blessed"]:
        found = "one whose model was refused" if "windows" in last else "none"
        raise SetupError(f"a last run, for SINCE={LAST}", found, "run without SINCE first")
    return str(last["windows"]["valid_end"])


def _in_one_line(error: ValidationError) -> SetupError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    kind = Settings.model_fields[name].annotation or str
    wanted = "0 or 1" if kind is bool else f"of type {kind.__name__}"
    return SetupError(f"{name.upper()} {wanted}", repr(first["input"]), "change or unset it")
