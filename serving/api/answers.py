"""An answer as a response: JSON, `Server-Timing` and `X-Model-Version`.

A route returns the response itself: FastAPI would serialize a model in another turn of the pool.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Response
from pydantic import BaseModel

from serving.api.models import AnswerOut, ItemOut
from serving.recommender.answer import Answer

__all__ = ["as_out", "json_response"]


def as_out(answer: Answer) -> AnswerOut:
    """The members that an application reads."""
    items = [
        ItemOut.model_construct(
            video_id=item.video_id, rank=item.rank, score=item.score, title=item.title,
            because=item.because,
        )
        for item in answer.items
    ]  # fmt: skip
    return AnswerOut.model_construct(
        request_id=answer.request_id, model_version=answer.model_version, rung=answer.rung,
        reason=answer.reason, arm=answer.arm, items=items,
    )  # fmt: skip


def json_response(body: BaseModel, answers: Sequence[Answer] = (), status: int = 200) -> Response:
    """The response with `body`, and headers about these answers."""
    text = body.model_dump_json(exclude_none=True, warnings="none")
    return Response(text, status, _headers(answers) if answers else {}, "application/json")


def _headers(answers: Sequence[Answer]) -> dict[str, str]:
    versions = sorted({_token(answer.model_version) for answer in answers})
    slowest: dict[str, float] = {}
    for answer in answers:
        for stage, ms in answer.timings_ms.items():
            slowest[_token(stage)] = max(ms, slowest.get(_token(stage), 0.0))
    headers = {"X-Model-Version": ", ".join(versions)}
    if slowest:
        timing = (f"{stage};dur={ms:.2f}" for stage, ms in slowest.items())
        headers["Server-Timing"] = ", ".join(timing)
    return headers


def _token(text: str) -> str:
    """`text` as a token of HTTP."""
    return re.sub(r"[^\w.+-]", "-", text, flags=re.ASCII) or "none"
