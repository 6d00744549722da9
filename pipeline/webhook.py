"""The end of a run as a message to WEBHOOK_URL, in the JSON of Slack's incoming webhooks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3

from pipeline.failures import of_error
from pipeline.settings import given_webhook_url
from schema.errors import NotBlessedError

__all__ = ["reporting"]

_TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)
_REFUSED_FROM = 300
"""Least status of HTTP that says that a message was not taken."""


@contextmanager
def reporting() -> Iterator[list[str]]:
    """Send what the block puts into the list, or its error; nothing without WEBHOOK_URL.

    A message that cannot be sent changes nothing: the run is over. The error is raised again.

    Yields:
        A list for the news.
    """
    news: list[str] = []
    try:
        yield news
    except SystemExit as end:  # by SIGTERM, such as a scheduler's at its time limit
        _send([f"two-tower run failed: {end}"])
        raise
    except Exception as error:
        how = "refused" if isinstance(error, NotBlessedError) else "failed"
        _send([f"two-tower run {how}: {of_error(error, 'the run', 'see its log')}"])
        raise
    _send(news)


def _send(news: list[str]) -> None:
    url = given_webhook_url()
    for text in news if url else ():
        try:
            reply = urllib3.request(
                "POST", url, json={"text": text}, timeout=_TIMEOUT, retries=False
            )
            problem = f"HTTP {reply.status}" if reply.status >= _REFUSED_FROM else ""
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            problem = type(error).__name__  # its text may have the address, which is a secret
        if problem:
            sys.stderr.write(f"no message was sent to WEBHOOK_URL: {problem}\n")
