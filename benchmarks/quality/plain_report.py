"""The page's sections on plain runs, and the one on pseudo users, which has them beside ours."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.quality.comparing import Line
from benchmarks.quality.judging import Judged
from benchmarks.quality.plain_figures import new_users
from benchmarks.quality.plain_run import PlainRun
from benchmarks.quality.protocols import REAL
from benchmarks.quality.report import Section, cell, cost, figures_table
from benchmarks.quality.runs import Trained
from benchmarks.table import head, row
from components.retrieval_evaluator.window import Window
from schema.documents.ranking import RankingFigures

__all__ = ["new_users_section", "pseudo_section", "real_section"]

_REAL = (
    "Users with a held-back like of a video not decided on before, as of the run's moment."
    " The candidate has not seen the newest tenth of what was left; the released"
    " model and the peers were fitted on all of it"
)
_NEW = (
    "The last tenth of all decisions by time is the eval window. These are its users without a"
    " decision before it, as of its beginning; the full catalogue is ranked"
)
_PSEUDO = (
    "AUC-PR over all users' pairs together. Arranged windows: users as of the eval window's"
    " beginning, which lies after 80 % of each user's ratings. Plain run: the database has these"
    " 80 % alone, the released model is judged, users as of the run's moment."
    " Regression: one logistic regression for each user on character bigrams, genre, maker and"
    " price, on the same 80 %. Ceiling: the taste itself"
)


def real_section(runs: Sequence[PlainRun], window: Window, lines: list[Line]) -> Section:
    """The table of both models and their rivals."""
    counts = f"{len(window.users):,} users, {len(window.videos):,} videos; {cost(runs)}"
    about = f"{counts}. {_REAL}. {_released(runs)}."
    return Section(f"REAL: {REAL.about}", [about, "", *figures_table(lines)])


def new_users_section(runs: Sequence[RankingFigures]) -> Section:
    """NDCG@10 of the candidate, one of `runs` for each seed, beside popularity's."""
    count = new_users(runs[0], "candidate").users
    candidate = [new_users(run, "candidate").ndcg_10.mean for run in runs]
    popularity = new_users(runs[0], "popularity").ndcg_10.mean
    lines = [
        f"{count:,} users. {_NEW}.",
        "",
        head(("recommender", "ndcg@10")),
        row(("popularity", cell([popularity]))),
        row(("plain run, candidate", cell(candidate))),
    ]
    return Section("NEW: a plain run on the whole sample, its new users alone", lines)


def pseudo_section(
    runs: Sequence[Trained], plain: Sequence[PlainRun], judged: dict[str, Judged]
) -> Section:
    """AUC-PR beside a random ranking's and the ceiling's."""
    rows = [
        row((
            what, f"{found.random:.3f}", cell(found.arranged), cell(found.plain),
            f"{found.regression:.4f}", f"{found.ceiling:.4f}",
        ))
        for what, found in judged.items()
    ]  # fmt: skip
    costs = f"{cost(runs, 'arranged windows')}; {cost(plain, 'plain run')}"
    lines = [
        f"{costs}. {_PSEUDO}. {_released(plain)}.",
        "",
        head((
            "pairs", "random", "arranged windows", "plain run, released", "regression", "ceiling"
        )),
        *rows,
    ]  # fmt: skip
    return Section("Pseudo users: the law in benchmarks/quality/pseudo.py, seed 7", lines)


def _released(runs: Sequence[PlainRun]) -> str:
    """Which runs released the fit on everything, and why the others did not."""
    kept = [run.record.reason for run in runs if not run.record.refitted]
    text = f"The fit on everything was released by {len(runs) - len(kept)} of {len(runs)} runs"
    return "; else the candidate: ".join((text, "; ".join(kept))) if kept else text
