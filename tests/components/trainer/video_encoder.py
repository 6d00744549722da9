"""A video's features in plain Python, by encodings.json and video.safetensors alone."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from schema.arrays import Float32

__all__ = ["video_features"]

_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々〆]+)")


def video_features(folder: Path, raw: Mapping[str, Any]) -> Float32:
    """[width] float32 of one video, the input of the video tower."""
    document = json.loads((folder / "encodings.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "video.safetensors")
    dense = np.concatenate([_dense(encoding, raw) for encoding in document["video"]])
    known = {video: row for row, video in enumerate(document["known_videos"])}
    row = known.get(raw["video_id"], len(known))
    items = [
        weights[f"{part}.id_residual"][row] * weights[f"{part}.id_weight"][row]
        + dense[:-1].astype(np.float32) @ weights[f"{part}.projection"]
        for part in ("trained", "closed")
    ]
    return np.concatenate([dense, *items]).astype(np.float32)


def _dense(encoding: dict[str, Any], raw: Mapping[str, Any]) -> list[float]:
    value = raw[encoding["feature"]]
    match encoding["kind"]:
        case "number" | "log_number":
            return [_z_score(encoding, value)]
        case "age":
            share = math.log1p(min(value or 0.0, encoding["high"])) / math.log1p(encoding["high"])
            return [0.5 if value is None else share]
        case "text":
            counts = Counter(_tokens(value or ""))
            terms = zip(encoding["vocabulary"], encoding["idf"], strict=True)
            found = [counts[term] * idf for term, idf in terms]
            return _normalized(found + [0.0] * (encoding["width"] - len(found)))
        case kind:
            values = value if kind == "categories" else [value or ""]
            places = {term: place for place, term in enumerate(encoding["vocabulary"])}
            found = [0.0] * (len(places) + 1)
            for one in values:
                found[places.get(one, len(places))] += 1
            return _normalized(found)


def _z_score(encoding: dict[str, Any], value: float | None) -> float:
    low, high = encoding["low"], encoding["high"]
    if value is None or math.isnan(value) or value < low:
        return 0.0
    if (value > high and encoding["outside"] == "missing") or not encoding["variance"]:
        return 0.0
    clipped = min(value, high)
    scaled = math.log1p(clipped) if encoding["kind"] == "log_number" else clipped
    z = (scaled - encoding["mean"]) / math.sqrt(encoding["variance"])
    return max(-5.0, min(5.0, z))


def _normalized(values: list[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in values))
    return [value / length for value in values] if length else values


def _tokens(text: str) -> list[str]:
    """Words of spaced scripts, bigrams of others; marks other than letters and digits part them."""
    kept = "".join(
        c if unicodedata.category(c)[0] in "LMN" or c in "ー々〆" else " " for c in text.lower()
    )
    found: list[str] = []
    for word in _UNSPACED.sub(r" \1 ", kept).split():
        unspaced = _UNSPACED.fullmatch(word) and len(word) > 1
        found += ["".join(pair) for pair in pairwise(word)] if unspaced else [word]
    return found
