"""A node whose worker was killed is tried again, once: Beam itself fails it without a retry."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from schema.errors import LostWorkerError

__all__ = ["TriedAgain"]

_LOG = logging.getLogger(__name__)


class _Launcher(Protocol):
    def launch(self) -> Any: ...


class TriedAgain:
    """Launches a node; after a lost worker again, by a new launcher.

    TFX has removed the outputs of the first try, and its workers have ended, so that nothing is
    there twice; the second try has the same execution in ML Metadata.
    """

    def __init__(self, make: Callable[[], _Launcher]) -> None:
        self._make = make

    def launch(self) -> None:
        """Run the node.

        Raises:
            LostWorkerError: also the second time.
        """
        try:
            self._make().launch()
        except LostWorkerError as error:
            _LOG.warning("%s; the node is tried again", error)
            self._make().launch()
