"""Reload of the model config file in a running server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from schema.errors import SetupError
from serving.model_server.config import ModelConfig, read_model_config
from serving.model_server.status import StatusError

__all__ = ["Reload"]

_LOG = logging.getLogger(__name__)


class Reload:
    """Called after each poll of the versions; holds the config in force.

    A file that cannot be used changes nothing, and is logged once. It is tried again at each call,
    since its labels may name a version that is not loaded yet.
    """

    def __init__(
        self, file: Path, config: ModelConfig, assign: Callable[[Mapping[str, int]], None]
    ) -> None:
        """Starts with `config`; its labels are assigned at the first call.

        Args:
            file: the model config file.
            config: its content at the start.
            assign: assigns labels; raises StatusError if one names a version that is not loaded.
        """
        self._file, self._assign = file, assign
        self._in_force = replace(config, labels={})
        self._refusal = ""

    def __call__(self) -> int:
        """Apply the file if possible; return the number of versions to keep from now on."""
        try:
            self._apply(read_model_config(self._file))
            self._refusal = ""
        except (SetupError, StatusError) as error:
            if str(error) != self._refusal:  # once, not each second
                _LOG.warning("model config refused: %s", error)
            self._refusal = str(error)
        return self._in_force.keep

    def _apply(self, config: ModelConfig) -> None:
        if config == self._in_force:
            return
        if (config.name, config.base) != (self._in_force.name, self._in_force.base):
            expected = f"the same model and folder in {self._file}"
            raise SetupError(expected, f"{config.name} in {config.base}", "start another server")
        self._assign(config.labels)
        self._in_force = config
        _LOG.info("model config in force: %d versions, labels %s", config.keep, config.labels)
