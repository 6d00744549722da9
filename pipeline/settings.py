"""Settings of a run, in one frozen object; no other module of the run reads the environment.

They come from variables, and from the file two-tower.toml (pipeline/settings_file.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import EnvSettingsSource, SettingsConfigDict

from components.example_gen.example_query import NegativeSampling
from pipeline.beam_options import LOCAL, check_beam
from pipeline.settings_file import NAME, read_settings
from schema.errors import SetupError
from schema.given_settings import GivenSettings
from schema.windows import WindowRule

__all__ = [
    "DATABASE_URL",
    "MODEL_SERVER_URL",
    "PIPELINE_NAME",
    "TRACKING_URI",
    "WEBHOOK_URL",
    "Settings",
    "from_environment",
    "given_database_url",
    "given_tracking_uri",
    "given_webhook_url",
]

PIPELINE_NAME = "two_tower"
"""Name of the pipeline in TFX."""

DATABASE_URL = "DATABASE_URL"
"""Name of the environment variable; its value never enters settings, artifacts or logs."""

WEBHOOK_URL = "WEBHOOK_URL"
"""Name of the environment variable with the address of messages, a secret too."""

TRACKING_URI = "TRACKING_URI"
"""Name of the environment variable with MLflow's address; it may have a password."""

MODEL_SERVER_URL = "MODEL_SERVER_URL"
"""Name of the environment variable with the URL of the model server in use."""

FACETS_WHEEL = "witwidget-1.8.1-py3-none-any.whl"
"""Name of the file that components/model_review/facets/requirements.lock pins."""

LAST = "last"
"""Value of SINCE: the end of the data that the last run was fitted on."""


def _switched(value: object) -> object:
    """The value of a switch; text must be 0 or 1 (pydantic would also accept yes, on and t)."""
    if isinstance(value, str) and value not in {"0", "1"}:
        raise ValueError(value)
    return value


def _usual_folder() -> Path:
    """`var` of the checkout; where the package is installed, of the current folder."""
    root = Path(__file__).resolve().parents[1]
    return (root if (root / "setup.py").exists() else Path.cwd()) / "var"


Folder = Annotated[Path, AfterValidator(Path.resolve)]
Switch = Annotated[bool, BeforeValidator(_switched)]


class Settings(GivenSettings):
    """Settings of a run; each field's description is below it."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    folder: Folder = Field(default_factory=_usual_folder)
    """Folder for everything that a run writes."""
    valid_fraction: float = 0.1
    """Share of the decisions in the valid window, the second newest; it makes the fit's choices."""
    eval_fraction: float = 0.1
    """Share of the decisions in the eval window, which the gates use; the newest."""
    train_end: str = ""
    """ISO 8601 moment; the three moments, given together, replace the shares."""
    valid_end: str = ""
    """ISO 8601 moment."""
    eval_end: str = ""
    """ISO 8601 moment."""
    since: str = ""
    """ISO 8601 moment; the model is fitted on pairs of decisions from then on, with user features
    from the whole past. Empty: on all. Also `last`, the end of the data that the last run was
    fitted on."""
    epochs: int = 10
    """Epochs of a fit; 0 for the closed form alone."""
    negative_ratio: int = 2
    """Negatives to one positive, per user; a random ranking's AUC-PR is
    1 / (1 + ratio)."""
    negative_alpha: float = 0.75
    """Exponent on popularity in the sampling distribution of negatives; 0 draws uniformly."""
    seed: int = 7
    """Seed of sampling, weights and shuffling."""
    auc_pr_floor: float = 1.08
    """Floor of the first gate, as a multiple of a random ranking's AUC-PR, so 1 or more."""
    auc_pr_tolerance: float = 0.01
    """Largest shortfall in AUC-PR against the live model."""
    eval_intervals: Switch = False
    """1: the review has 95% intervals of all its figures on pairs; the Evaluator then takes three
    times as long."""
    facets: Switch = False
    """1: the review has TFDV's facets of the data; the run then downloads what draws them, once."""
    quarantine_limit: float = 0.05
    """Share of a table's rows that may be bad before the run ends."""
    drift_factor: float = 1.0
    """Factor on every threshold of drift and skew; 2 lets an intended change pass."""
    readers: int = 4
    """Number of key ranges of each query, read in parallel."""
    nodes_at_once: int = Field(default_factory=lambda: min(os.cpu_count() or 1, 4))
    """Maximum number of nodes that run at the same time, each in its own process."""
    node_deadline_s: float = 21_600
    """Seconds that a node may take; one that takes longer is ended, and the run fails by its
    name."""
    runner: str = LOCAL
    """Where Beam's work is done: `local`, in each node's own process; `workers`, in processes of
    their own (docs/engines.md)."""
    beam_workers: int = 2
    """Number of these processes for each node, with RUNNER=workers."""
    beam_options: str = ""
    """Options for every Beam pipeline, such as --runner=FlinkRunner --flink_master=host:8081. They
    are recorded: no secrets."""
    warm_start: Switch = False
    """1: the fit starts from the weights of the previous release if they score better on the valid
    window than the closed form."""
    refit: Switch = True
    """1: the released model is fitted on everything up to the run's moment, by the recipe of the
    candidate that the gates accept; 0: the candidate itself is released (docs/decisions/0031-…)."""
    release: Switch = True
    """0: the run ends with a checked version that is not live, for `make promote` or
    `make ab-start`."""
    mirror: Switch = True
    """1: `user_embeddings` and `video_embeddings` are a copy of the live version; 0: they are left
    alone, and readers ask the recommender."""
    keep: int = 3
    """Number of versions, the live one included, whose vectors and models are kept."""
    model_server_url: str = ""
    """URL of a TensorFlow Serving to use in place of the embedded server; it serves the two newest
    versions in `models`."""
    service_url: str = "http://127.0.0.1:8080"
    """Root of the service that `make recommend` asks first: that of `make serve`."""
    kubeflow_image: str = ""
    """Container image with this package, for pipeline/orchestrators/kubeflow.py."""
    kubeflow_root: str = ""
    """Folder of all artifacts, which every container has mounted. Empty: in FOLDER."""
    train: str = "{}"
    """Hyper-parameters that override the defaults of TrainSettings, as a JSON object."""

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
        if self.keep < 2:  # noqa: PLR2004  # the live one, and one to go back to
            raise SetupError("KEEP of 2 or more", str(self.keep), "change it")
        if not self.node_deadline_s > 0:
            raise SetupError("NODE_DEADLINE_S above 0", str(self.node_deadline_s), "change it")
        if not self.drift_factor > 0:
            raise SetupError("DRIFT_FACTOR above 0", str(self.drift_factor), "change it")
        check_beam(self.runner, self.beam_workers, self.beam_options)
        return self

    def replaced(self, **changes: Any) -> Settings:
        """A copy with other values, checked in the same way."""
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
        """The ends of train, valid and eval as texts; empty if the shares define the windows."""
        return (self.train_end, self.valid_end, self.eval_end)

    @property
    def window_rule(self) -> WindowRule:
        """The rule that cuts time into windows."""
        moments = self.window_ends if all(self.window_ends) else None
        return WindowRule(self.valid_fraction, self.eval_fraction, moments)

    @property
    def negative_sampling(self) -> NegativeSampling:
        """The sampling of the negatives."""
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
        """The cut that the readers of the current run share."""
        return self.folder / "cut.json"

    @property
    def lock(self) -> Path:
        """Lock file of the current run's processes."""
        return self.folder / "nodes.lock"

    @property
    def workers(self) -> Path:
        """Socket of the pool of Beam's workers."""
        return self.folder / "workers.sock"

    @property
    def temporary(self) -> Path:
        """Folder of the current run's temporary files; removed afterwards."""
        return self.folder / "run.tmp"

    @property
    def progress(self) -> Path:
        """Link to the log of the current run."""
        return self.folder / "progress.jsonl"

    @property
    def logs(self) -> Path:
        """Folder of the last runs' logs: events, one JSON object a line."""
        return self.folder / "logs"

    @property
    def summary(self) -> Path:
        """The machine-readable summary of the last run."""
        return self.folder / "summary.json"

    @property
    def review_page(self) -> Path:
        """The last run's model review."""
        return self.folder / "review.html"

    @property
    def facets_wheel(self) -> Path | None:
        """The package whose elements draw the facets, where they are wanted."""
        return self.folder / "facets" / FACETS_WHEEL if self.facets else None

    @property
    def review_figures(self) -> Path:
        """The figures of the page, as JSON."""
        return self.folder / "review.json"

    @property
    def metrics_file(self) -> Path:
        """How the last runs ended, in Prometheus' text format."""
        return self.folder / "metrics.prom"

    @property
    def log(self) -> Path:
        """Log of TFX, TensorFlow and Beam."""
        return self.folder / "run.log"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of two-tower.toml in the current folder, and of variables, which beat it.

    Args:
        environment: variables, of the names of the fields in capitals; if not given, those of the
            process. The file is read only then.

    Raises:
        SetupError: for a value of the wrong type, and for a name in the file that is no setting.
    """
    given = os.environ if environment is None else environment
    source = EnvSettingsSource(Settings, case_sensitive=True)
    source.env_vars = {
        name.lower(): text for name, text in given.items() if text and name.isupper()
    }
    file = read_settings(Settings, Path(NAME)) if environment is None else {}
    changes = {**file, **source()}
    try:
        if changes.get("since") == LAST:
            changes["since"] = _fitted_until(Settings(**{**changes, "since": ""}).summary)
        return Settings(**changes)
    except ValidationError as error:
        raise _in_one_line(error) from error


def given_webhook_url() -> str:
    """The value of WEBHOOK_URL, a secret like the database's; empty if it is not set."""
    return os.environ.get(WEBHOOK_URL, "").strip()


def given_tracking_uri() -> str:
    """The value of TRACKING_URI; empty if it is not set."""
    return os.environ.get(TRACKING_URI, "").strip()


def given_database_url() -> str:
    """The value of DATABASE_URL; empty if it is not set."""
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
