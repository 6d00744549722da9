"""The edge function as a process of this machine: its command, its variables, its permissions."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from schema.errors import SetupError
from serving.supervisor import Child

__all__ = ["FUNCTION", "EdgeFunction", "bring_packages"]

FUNCTION = Path(__file__).parent / "supabase" / "functions" / "two_tower_recommendations"

_YOUNG = "--max-semi-space-size=2"
"""MB of V8's young generation: by itself it lets 50 MB more garbage wait."""


@dataclass(frozen=True)
class EdgeFunction:
    """The function on a port of loopback.

    Attributes:
        deno: the program.
        cache: folder for the packages from npm.
        port: of the function.
        database_url: of Postgres.
        supabase_url: root of what signs tokens: below it lies /auth/v1/.well-known/jwks.json.
        models: the folder with a folder for each version; None where a model server is asked.
        model_server_url: of a model server; empty: the function computes the tower itself.
    """

    deno: Path
    cache: Path
    port: int
    database_url: str
    supabase_url: str
    models: Path | None = None
    model_server_url: str = ""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/two_tower_recommendations"

    @property
    def child(self) -> Child:
        """The process, for a supervisor."""
        return Child("edge function", self.command, self.environment)

    @property
    def command(self) -> list[str]:
        """Reads and writes no file but models and socket; downloads nothing."""
        read = [str(self.models)] if self.models else []
        sockets = [one for one in _hosts(self.database_url) if one.startswith("/")]
        return [
            str(self.deno), "run", "--quiet", "--cached-only", "--frozen", "--no-prompt",
            "--allow-net", "--allow-env", f"--v8-flags={_YOUNG}",
            *([f"--allow-read={','.join([*read, *sockets])}"] if [*read, *sockets] else []),
            *([f"--allow-write={','.join(sockets)}"] if sockets else []),
            str(FUNCTION / "index.ts"),
        ]  # fmt: skip

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables beside those of this process."""
        return {
            "DENO_DIR": str(self.cache),
            "DENO_NO_UPDATE_CHECK": "1",
            "DENO_SERVE_ADDRESS": f"tcp:127.0.0.1:{self.port}",
            "DATABASE_URL": self.database_url,
            "SUPABASE_URL": self.supabase_url,
            "MODELS_URL": self.models.absolute().as_uri() if self.models else "",
            "MODEL_SERVER_URL": self.model_server_url,
        }


def bring_packages(deno: Path, cache: Path) -> None:
    """Fetches the packages of deno.lock from npm, once, and checks their hashes.

    Raises:
        SetupError: npm's registry is out of reach, or has other packages.
    """
    install = [str(deno), "install", "--quiet", "--frozen", "--entrypoint", "index.ts"]
    done = subprocess.run(
        ["env", f"DENO_DIR={cache}", *install],
        cwd=FUNCTION, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise SetupError("the packages of deno.lock", "none", "see `npm ping`")


def _hosts(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query).get("host", [])
