"""Loads psycopg2 in a way that survives TensorFlow in the same process.

psycopg2-binary brings OpenSSL, TensorFlow offers BoringSSL under the same names to every library
that is loaded after it. A psycopg2 bound to those crashes in its first TLS handshake, with signal
11 (psycopg/psycopg2#1784). Loaded first, it binds to its own; loaded second, it does so where the
dynamic linker is told to look into the library's own dependencies before anything else.

`schema/__init__.py` imports this module, and the other packages import `schema`, so that any
module of the project, a Beam worker's or a test's included, brings psycopg2 in safely.
"""

from __future__ import annotations

import os
import sys

__all__: list[str] = []

_usual = sys.getdlopenflags()
if "tensorflow" in sys.modules:
    # Not always: under a preloaded allocator such as jemalloc, RTLD_DEEPBIND would make the
    # library free by the C library what the allocator gave.
    sys.setdlopenflags(_usual | os.RTLD_DEEPBIND)
try:
    import psycopg2.extensions  # noqa: F401
finally:
    sys.setdlopenflags(_usual)
