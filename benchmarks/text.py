"""`make bench-text`: do the tokens bring titles of one work together and keep others apart?

benchmarks/titles.tsv holds 60 works under four titles each: as it is; with half-width or full-width
letters and an emoji; with an episode's number; in another order or with a subtitle. Prints one
table, in Markdown, for docs/text.md.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from benchmarks.table import head, row
from schema.arrays import Float64

__all__ = ["SPLITTERS", "Figures", "main", "measure", "titles"]

TITLES = Path(__file__).with_name("titles.tsv")
MATES = 3
"""Other titles of the same work."""
TERMS = 1_000
SCRIPTS = {"all": range(1, 61), "Japanese": range(1, 41), "mixed": range(41, 51),
           "Latin and Hangul": range(51, 61)}  # fmt: skip


class Figures(NamedTuple):
    """How well cosines of TF-IDF tell titles of one work from others; higher is better but `far`.

    Attributes:
        auc: chance that a pair of one work is nearer than a pair of two works; a coin: 0.5.
        recall: share of a title's three mates among the three nearest titles of all works.
        near: mean cosine of the pairs of one work.
        far: mean cosine of the pairs of two works.
    """

    auc: float
    recall: float
    near: float
    far: float


def titles() -> list[tuple[int, str]]:
    """The work's number and the title, in the file's order."""
    lines = TITLES.read_text(encoding="utf-8").splitlines()[1:]
    return [(int(group), title) for group, title in (line.split("\t") for line in lines)]


def _normal(texts: list[str]) -> list[str]:
    """As SQL does it on the way in."""
    return [unicodedata.normalize("NFKC", text).lower() for text in texts]


def _own(texts: list[str]) -> list[list[str]]:
    import tensorflow as tf

    from components.transform.tokens import tokens

    return [[term.decode() for term in row] for row in tokens(tf.constant(texts)).to_list()]


Splitter = Callable[[list[str]], list[list[str]]]
SPLITTERS: dict[str, Splitter] = {
    "words and bigrams": lambda texts: _own(_normal(texts)),
    "the same without NFKC": _own,
    "split at blanks": lambda texts: [text.split() for text in _normal(texts)],
}


def measure(splitter: Splitter, groups: range = SCRIPTS["all"]) -> Figures:
    """The figures over the titles of these works; weights are fitted on the titles of all."""
    found = titles()
    weights = TfidfVectorizer(analyzer=list, max_features=TERMS).fit_transform(
        splitter([title for _, title in found])
    )
    rows = [row for row, (group, _) in enumerate(found) if group in groups]
    group = np.array([group for group, _ in found])
    cosine = (weights @ weights.T).toarray()
    same = group[:, None] == group
    pairs = np.triu(np.ones_like(same), 1)[np.ix_(rows, rows)]
    near, far = (cosine[np.ix_(rows, rows)][pairs & (same[np.ix_(rows, rows)] == one)]
                 for one in (True, False))  # fmt: skip
    labels = np.repeat([1, 0], [len(near), len(far)])
    return Figures(
        float(roc_auc_score(labels, np.concatenate([near, far]))),
        _recall(cosine, same)[rows].mean(),
        float(near.mean()),
        float(far.mean()),
    )


def _recall(cosine: Float64, same: npt.NDArray[np.bool_]) -> Float64:
    """[titles]: found mates over mates; a title without a term in common is never found."""
    others = np.where(np.eye(len(cosine), dtype=bool), -1, cosine)
    nearest = np.argsort(-others, axis=1, kind="stable")[:, :MATES]
    place = np.arange(len(cosine))[:, None]
    found = same[place, nearest] & (others[place, nearest] > 0)
    return np.asarray(found.sum(axis=1) / MATES)


def main() -> None:
    """Prints the table."""
    lines = [head(("titles", "terms", "AUC", "recall@3", "near", "far"))]
    for script, groups in SCRIPTS.items():
        for name, splitter in SPLITTERS.items():
            figures = measure(splitter, groups)
            lines.append(row((script, name, *(f"{figure:.3f}" for figure in figures))))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
