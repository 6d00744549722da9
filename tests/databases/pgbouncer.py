"""A real PgBouncer in front of the tests' server: pooled, and where asked for behind TLS."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.local.postgres import open_folder

__all__ = ["PASSWORD", "Pooler", "pgbouncer"]

PASSWORD = "pooled-geheim"
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Pooler(NamedTuple):
    """A running pooler.

    Attributes:
        port: on 127.0.0.1.
        user: whom its clients log in as.
        database: which they get.
        log: what it has written so far.
    """

    port: int
    user: str
    database: str
    log: Path

    def url(self, options: str = "") -> str:
        """The address in the README's form; `options` as `sslmode=require`."""
        address = f"postgresql://{self.user}:{PASSWORD}@127.0.0.1:{self.port}/{self.database}"
        return f"{address}?{options}" if options else address


@contextmanager
def pgbouncer(
    server: str,
    *,
    mode: str = "transaction",
    size: int = 15,
    tls: bool = False,
    user: str = "",
    wait_s: int = 120,
) -> Iterator[Pooler]:
    """Starts one on a free port, and stops it; skips the test where none is installed.

    Args:
        server: URL of the database behind it, by a Unix socket.
        mode: `transaction` or `session`.
        size: server connections that all its clients share.
        tls: whether a client without TLS is refused.
        user: the role to log in as, if not the URL's.
        wait_s: how long a client waits for a connection before it is turned away.
    """
    if not PROGRAM or not shutil.which("openssl"):
        pytest.skip("needs pgbouncer and openssl (Debian packages)")
    with open_folder("two-tower-pooler-") as folder:
        parts = urlsplit(server)
        pooler = Pooler(
            _free_port(), user or parts.username or "", parts.path[1:], folder / "pgbouncer.log"
        )
        (folder / "users").write_text(f'"{pooler.user}" "{PASSWORD}"\n')
        settings = _settings(pooler, parse_qs(parts.query)["host"][0], folder, mode, size)
        settings.append(f"query_wait_timeout = {wait_s}")
        if tls:
            settings += _certificate(folder)
        (folder / "pgbouncer.ini").write_text("\n".join(settings) + "\n")
        with _running(folder, pooler):
            yield pooler


def _settings(pooler: Pooler, socket_folder: str, folder: Path, mode: str, size: int) -> list[str]:
    return [
        "[databases]", f"{pooler.database} = host={socket_folder} port=5432",
        "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {pooler.port}",
        "unix_socket_dir =", "auth_type = plain", f"auth_file = {folder / 'users'}",
        f"pool_mode = {mode}", f"default_pool_size = {size}", f"logfile = {pooler.log}",
    ]  # fmt: skip


def _certificate(folder: Path) -> list[str]:
    key, certificate = folder / "server.key", folder / "server.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return [
        "client_tls_sslmode = require",
        f"client_tls_key_file = {key}",
        f"client_tls_cert_file = {certificate}",
    ]


@contextmanager
def _running(folder: Path, pooler: Pooler) -> Iterator[None]:
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # it refuses to run as root
    if owner:
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    with subprocess.Popen(
        [str(PROGRAM), "-q", folder / "pgbouncer.ini"],
        user=owner and owner.pw_uid, group=owner and owner.pw_gid, extra_groups=owner and [],
    ) as process:  # fmt: skip
        try:
            _wait_for(pooler.port, process)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.05)
    raise AssertionError(f"pgbouncer did not listen, its status is {process.poll()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
