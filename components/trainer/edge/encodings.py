"""The encodings of both sides, out of the fitted Transform graphs."""

from __future__ import annotations

import numpy as np

from components.trainer.inputs.encoder import Encoder
from components.trainer.model.pooling import PRIOR
from components.trainer.model.two_tower import TwoTower
from components.transform.preprocessing import DOCUMENTS, MEANS, NUMBERS, VARIANCES
from components.user_groups import GROUPS
from schema.arrays import Float32
from schema.documents.encodings import (
    AgeEncoding,
    Encoding,
    Encodings,
    Histories,
    NumberEncoding,
    TextEncoding,
    VocabularyEncoding,
)
from schema.feature import Feature, Kind, Side
from schema.features import HISTORY_LENGTH, features

__all__ = ["encodings_of"]


def encodings_of(model: TwoTower, users: Encoder, videos: Encoder, version: int) -> Encodings:
    """What the encoders and the pooling of histories compute with, as values."""
    return Encodings(
        version=str(version),
        known_videos=list(users.known_ids),
        user=_dense(Side.USER, users),
        histories=_histories(model, users),
        video=_dense(Side.VIDEO, videos),
    )


def _dense(side: Side, encoder: Encoder) -> list[Encoding]:
    """In the order of `Encoder.__call__`."""
    fitted = encoder.fitted()
    moments = {
        row.name: (float(fitted[MEANS][place]), float(fitted[VARIANCES][place]))
        for place, row in enumerate(features(side, *NUMBERS))
    }
    found: list[Encoding] = []
    for row in encoder.seen:
        terms = list(encoder.terms.get(row.name, ()))
        if row.name in moments:
            found.append(_number_encoding(row, *moments[row.name]))
        elif row.kind is Kind.TEXT:
            found.append(_text_encoding(row, terms, float(fitted[DOCUMENTS])))
        else:
            found.append(_vocabulary_encoding(row, terms))
    ages = features(side, Kind.AGE)
    return found + [AgeEncoding(feature=row.name, kind="age", high=_of(row.high)) for row in ages]


def _number_encoding(row: Feature, mean: float, variance: float) -> NumberEncoding:
    return NumberEncoding(
        feature=row.name, kind="log_number" if row.kind is Kind.LOG_NUMBER else "number",
        low=_of(row.low), high=_of(row.high), outside=row.outside.value, mean=mean,
        variance=variance,
    )  # fmt: skip


def _text_encoding(row: Feature, lines: list[str], documents: float) -> TextEncoding:
    """From lines of `df term`."""
    counts, terms = zip(*(line.split(" ", 1) for line in lines), strict=True) if lines else ((), ())
    df = np.array(counts, np.float32)
    idf = np.log(np.float32(1 + documents) / (1 + df)) + np.float32(1)
    return TextEncoding(
        feature=row.name, kind="text", vocabulary=list(terms), idf=_floats(idf),
        width=row.limit or 0,
    )  # fmt: skip


def _vocabulary_encoding(row: Feature, terms: list[str]) -> VocabularyEncoding:
    kinds = {Kind.CATEGORY: "category", Kind.CATEGORIES: "categories", Kind.SHARES: "shares"}
    counts = row.columns[1].name if row.kind is Kind.SHARES else ""
    return VocabularyEncoding.model_validate(
        {"feature": row.name, "kind": kinds[row.kind], "counts": counts, "vocabulary": terms}
    )


def _histories(model: TwoTower, users: Encoder) -> Histories:
    settings = model.settings
    closed = [settings.item_dimension, settings.exposure_dimension]
    return Histories(
        features=[row.name for row in features(Side.USER, Kind.HISTORY)],
        length=HISTORY_LENGTH,
        seen=users.sees_histories,
        decay=settings.history_decay,
        exposure_share=settings.exposure_share,
        prior=PRIOR,
        trained=settings.item_dimension,
        closed=closed if model.closed_part is not None else [],
        groups=list(GROUPS),
    )


def _floats(values: Float32) -> list[float]:
    return [float(value) for value in values]


def _of(bound: float | None) -> float:
    """A number's bound: `Feature` guarantees that it has one."""
    return float(bound or 0.0)
