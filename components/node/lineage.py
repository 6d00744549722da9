"""Custom properties of artifacts in ML Metadata: names, reading and writing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tfx.components.evaluator import constants
from tfx.components.example_gen import utils
from tfx.utils import path_utils

from schema.signatures import VERSION_FILE

__all__ = [
    "ALL_GATES",
    "COUNTS",
    "FITTED_ON",
    "ROWS",
    "VALIDATED",
    "WINDOWS",
    "fingerprint",
    "is_blessed",
    "mark_blessing",
    "mark_fit",
    "model_folder",
    "model_version",
    "node_of",
    "released",
    "warm_start_folder",
]

WINDOWS = "windows"
"""Examples and ModelRun: the ends of the time windows, as JSON."""
ROWS = "rows"
"""Examples: count of rows."""
COUNTS = "counts"
"""QuarantineReport: rows by "table: reason", as JSON."""
VALIDATED = "statistics_id"
"""ExampleAnomalies of validated Examples: id of the statistics that passed."""
FITTED_ON = "examples_id"
"""ModelRun: id of the Examples that it was fitted on."""
ALL_GATES = "all_gates"
"""ModelBlessing: 1 if every gate has decided; the Evaluator's own lacks the property."""
_BLESSED = constants.ARTIFACT_PROPERTY_BLESSED_KEY
_MODEL = constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY


def is_blessed(blessing: Any) -> bool:
    """Whether a ModelBlessing is positive; one without the property is not."""
    return bool(blessing.get_int_custom_property(_BLESSED) == 1)


def mark_blessing(blessing: Any, model: Any, *, blessed: bool) -> None:
    """Write the last gate's decision on `model` in the form of TFX's Evaluator."""
    for key, value in ((_BLESSED, int(blessed)), (_MODEL, model.id), (ALL_GATES, 1)):
        blessing.set_int_custom_property(key, value)


def mark_fit(run: Any, examples: Any) -> None:
    """Record on the ModelRun the Examples that it was fitted on, and their windows."""
    run.set_int_custom_property(FITTED_ON, examples.id)
    run.set_string_custom_property(WINDOWS, examples.get_string_custom_property(WINDOWS))


def fingerprint(examples: Any) -> str:
    """Of the source tables that these Examples were read from; empty if there is none."""
    return str(examples.get_string_custom_property(utils.FINGERPRINT_PROPERTY_NAME) or "")


def warm_start_folder(run: str | Path) -> Path:
    """The folder of the saved fit in a ModelRun."""
    return Path(run) / "warm_start"


def node_of(artifact: Any) -> str:
    """The node that created it: TFX writes to `<root>/<node>/<output>/<execution>`."""
    return Path(artifact.uri).parent.parent.name


def model_folder(model: Any) -> Path:
    """The SavedModel of a Model."""
    return Path(path_utils.serving_model_path(model.uri))


def model_version(folder: Path) -> str:
    """The version that the Trainer wrote into the SavedModel."""
    return (folder / VERSION_FILE).read_text().strip()


def released(models: Iterable[Any], blessings: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Pairs of a model that passed every gate and its blessing; the newest model last."""
    passed = {
        blessing.get_int_custom_property(_MODEL): blessing
        for blessing in blessings
        if blessing.get_int_custom_property(_BLESSED) == 1
        and blessing.get_int_custom_property(ALL_GATES) == 1
    }
    pairs = ((model, passed[model.id]) for model in models if model.id in passed)
    return sorted(pairs, key=lambda pair: pair[0].id)
