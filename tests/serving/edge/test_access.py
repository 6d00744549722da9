"""Who may ask the edge function, and what: tokens, other users, odd requests."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import requests

from serving.edge_tokens import Signer
from tests.serving.edge.conftest import Edge

pytestmark = [pytest.mark.edge, pytest.mark.postgres]


def _asked(edge: Edge, token: str) -> requests.Response:
    given = {"Authorization": f"Bearer {token}"}
    return requests.get(edge.url, headers=given, timeout=20)


def _claims(edge: Edge, **others: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": f"{edge.supabase_url}/auth/v1", "aud": "authenticated",
        "sub": edge.world.users[0], "iat": now, "exp": now + 60, **others,
    }  # fmt: skip


def _unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in parts]
    return b".".join([*texts, b"AA"]).decode()


def test_tokens_of_others_are_refused(edge: Edge) -> None:
    good = edge.signer.signed(_claims(edge))
    assert _asked(edge, good).status_code == 200
    without = _claims(edge)
    del without["exp"]
    bad = {
        "forged": Signer().signed(_claims(edge)),
        "changed": f"{good[:-8]}{'A' * 8}",
        "expired": edge.signer.signed(_claims(edge, exp=int(time.time()) - 60)),
        "without an end": edge.signer.signed(without),
        "of another project": edge.signer.signed(_claims(edge, iss="https://other/auth/v1")),
        "for another audience": edge.signer.signed(_claims(edge, aud="anon")),
        "of no user": edge.signer.signed(_claims(edge, sub="service")),
        "not yet valid": edge.signer.signed(_claims(edge, nbf=int(time.time()) + 600)),
        "unsigned": _unsigned(_claims(edge)),
        "no token": "x",
    }
    for what, token in bad.items():
        reply = _asked(edge, token)
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer"), what
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert edge.world.users[0] not in reply.text
    assert requests.get(edge.url, timeout=20).status_code == 401


def test_a_problem_has_the_service_s_form(edge: Edge) -> None:
    found = _asked(edge, "x").json()
    assert found.pop("trace_id")
    assert found == {
        "type": "urn:problem-type:two-tower:unauthorized", "title": "Unauthorized", "status": 401,
        "detail": "expected a bearer token of a signed-in user, got none: sign in again",
    }  # fmt: skip


def test_a_user_reads_no_other_s_answer(edge: Edge) -> None:
    own, other = edge.world.users[:2]
    assert edge.get(own, f"user_id={own.upper()}&limit=1").status_code == 200
    reply = edge.get(own, f"user_id={other}")
    assert (reply.status_code, reply.json()["type"].rpartition(":")[2]) == (403, "another-user")
    assert other not in reply.text


@pytest.mark.parametrize(
    ("query", "at", "detail"),
    [
        ("limit=0", "query.limit", "expected 1 or more at query.limit, got another number"),
        ("limit=501", "query.limit", "expected 500 or less at query.limit, got another number"),
        (
            "limit=many",
            "query.limit",
            "expected a whole number at query.limit, got text of length 4",
        ),
        ("exclude=7", "query.exclude.0", "expected a UUID (8-4-4-4-12 hexadecimal digits) at"),
        ("user_id=7", "query.user_id", "expected a UUID (8-4-4-4-12 hexadecimal digits) at"),
        ("genre=x", "query", "expected limit, exclude, user_id alone at query"),
    ],
)
def test_odd_questions_are_422(edge: Edge, query: str, at: str, detail: str) -> None:
    reply = edge.get(edge.world.users[0], query)
    assert reply.status_code == 422
    (fault,) = reply.json()["errors"]
    assert fault["at"] == at
    assert fault["detail"].startswith(detail)
    assert reply.json()["detail"] == fault["detail"]


def test_a_document_asks_as_a_query_does(edge: Edge) -> None:
    user = edge.world.users[0]
    given = {"Authorization": f"Bearer {edge.token(user)}"}

    def posted(body: str | bytes) -> requests.Response:
        return requests.post(edge.url, data=body, headers=given, timeout=20)

    first = posted('{"limit": 1}').json()["items"][0]["video_id"]
    body = json.dumps({"limit": 2, "exclude": [first]})
    assert first not in posted(body).text
    assert [posted(odd).status_code for odd in ("[]", "{", '{"limit": 1.5}')] == [422] * 3
    assert posted(b" " * (2**20 + 1)).status_code == 413


def test_browsers_may_ask_and_other_methods_do_not_exist(edge: Edge) -> None:
    reply = requests.options(edge.url, timeout=20)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "authorization" in reply.headers["Access-Control-Allow-Headers"]
    reply = requests.delete(edge.url, timeout=20)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (405, "*")
