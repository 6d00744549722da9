"""The candidate's recipe on all three windows, and its SavedModel under the same version."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from components.node.lineage import warm_start_folder
from components.trainer.export import export
from components.trainer.fit import Fitted, build, refit
from components.trainer.fitting.closed_form import ClosedFormParams
from components.trainer.fitting.initialization import LAST_RELEASE, Initialization
from components.trainer.fitting.warm_start import WarmStart, load_fit, names_of
from components.trainer.inputs.loaded import Loaded, load_inputs
from components.trainer.model.two_tower import TwoTower
from components.trainer.settings import TrainSettings
from schema.documents.fit import FitRecord

__all__ = ["Sources", "fit_release"]


class Sources(NamedTuple):
    """Paths of the inputs of the fit.

    Attributes:
        decisions: shards of train, then valid, then eval.
        catalogue: shards of every video.
        popularity: shards of the counts before the run's moment.
        catalogue_graph: folder of the video side's TransformGraph.
        user_graph: folder of the user side's.
        previous_run: folder of the ModelRun that the candidate was warm-started from, or None.
    """

    decisions: list[str]
    catalogue: list[str]
    popularity: list[str]
    catalogue_graph: str
    user_graph: str
    previous_run: str | None


def fit_release(
    settings: TrainSettings, record: FitRecord, sources: Sources, work: Path, folder: Path
) -> dict[str, list[float]]:
    """Writes the released model; the losses of its epochs.

    Args:
        settings: hyper-parameters of the candidate.
        record: of the candidate's fit: its recipe and its version.
        sources: the inputs.
        work: folder for the file of known videos, which the SavedModel copies.
        folder: the SavedModel's.
    """
    tf.keras.utils.set_random_seed(settings.seed)
    loaded = load_inputs(
        settings, sources.catalogue, sources.popularity, sources.catalogue_graph,
        sources.user_graph, work,
    )  # fmt: skip
    whole = loaded.moments(sources.decisions)
    model = build(settings, loaded.catalogue, whole)
    warm = _warm_start(record, sources, model, loaded)
    history = refit(model, _recipe(record, warm, model), whole)
    export(model, loaded.users, loaded.videos, str(folder), record.version)
    return history


def _warm_start(
    record: FitRecord, sources: Sources, model: TwoTower, loaded: Loaded
) -> WarmStart | None:
    if record.began != LAST_RELEASE or sources.previous_run is None:
        return None
    names = names_of(model, loaded.users, loaded.videos, loaded.known)
    return load_fit(warm_start_folder(sources.previous_run), names, model)


def _recipe(record: FitRecord, warm: WarmStart | None, model: TwoTower) -> Fitted:
    params = ClosedFormParams(**dict(record.choice)) if record.choice else None
    chosen = Initialization(record.began, record.beginnings, params, warm)
    return Fitted(
        chosen, record.epochs, record.groups, record.best, record.history, model.get_weights()
    )
