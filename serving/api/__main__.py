"""`python -m serving.api --port 8080`; `--new-key` prints an API key and its hash."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable

from schema.errors import TwoTowerError
from serving.api.keys import new_key
from serving.api.port import Recommender
from serving.api.server import listening, serve
from serving.api.settings import Settings, database_url, from_environment
from serving.api.wiring import open_recommender

__all__ = ["main"]


def main(opened: Callable[[Settings, str], Recommender] = open_recommender) -> int:
    """Serves until SIGTERM or SIGINT; 1 if that cannot begin."""
    args = _arguments()
    if args.new_key:
        print("key: {}\nAPI_KEY_HASHES={}".format(*new_key()))  # noqa: T201
        return 0
    logging.basicConfig(level=logging.INFO, format="%(asctime)s service: %(message)s")
    given = {name: value for name, value in vars(args).items() if value is not None}
    given.pop("new_key")
    try:
        settings = from_environment(**given)
        url = database_url(settings)
        with listening(settings) as listener:
            serve(opened(settings, url), settings, listener)
    except TwoTowerError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the error line of a command
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m serving.api",
        description="Recommendations over HTTP; docs/rest.md has the settings.",
    )
    parser.add_argument("--host", help="address to listen on; loopback unless it is given")
    parser.add_argument("--port", type=int, help="0: any free one")
    parser.add_argument("--new-key", action="store_true", help="print an API key and its hash")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
