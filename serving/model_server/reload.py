"""The model config file of a running server: what changes in it is put into force."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from schema.errors import SetupError
from serving.model_server.config import ModelConfig, read_model_config
from serving.model_server.status import StatusError

__all__ = ["Reload"]

_log = logging.getLogger(__name__)


class Reload:
    """Called after each look at the versions; holds the config in force.

    A file that cannot be used changes nothing, and leaves one line in the log. It is tried again at
    each call, since its labels may wait for a version that is not there yet.
    """

    def __init__(
        self, file: Path, config: ModelConfig, assign: Callable[[Mapping[str, int]], None]
    ) -> None:
        """Starts with `config`, whose labels wait for the first call.

        Args:
            file: what to follow.
            config: what was read from it at the start.
            assign: puts labels into force; raises StatusError if one of them cannot be.
        """
        self._file, self._assign = file, assign
        self._in_force = replace(config, labels={})
        self._refusal = ""

    def __call__(self) -> int:
        """Put the file into force if it can be; the number of versions to keep from now on."""
        try:
            self._apply(read_model_config(self._file))
            self._refusal = ""
        except (SetupError, StatusError) as e:
            if str(e) != self._refusal:  # once, not each second
                _log.warning("model config refused: %s", e)
            self._refusal = str(e)
        return self._in_force.keep

    def _apply(self, config: ModelConfig) -> None:
        if config == self._in_force:
            return
        if (config.name, config.base) != (self._in_force.name, self._in_force.base):
            expected = f"the same model and folder in {self._file}"
            raise SetupError(expected, f"{config.name} in {config.base}", "start another server")
        self._assign(config.labels)
        self._in_force = config
        _log.info("model config in force: %d versions, labels %s", config.keep, config.labels)
