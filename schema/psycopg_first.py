"""Import of psycopg2 that works beside TensorFlow in the same process.

psycopg2-binary bundles OpenSSL; TensorFlow exports BoringSSL under the same names to every library
that is loaded after it. A psycopg2 bound to those crashes in its first TLS handshake, with signal
11 (psycopg/psycopg2#1784). Loaded first, it binds to its own. Loaded second, it does so with
RTLD_DEEPBIND, by which the dynamic linker searches the library's own dependencies first.

`schema/__init__.py` imports this module, and the other packages import `schema`, so that every
module of the project, in a Beam worker or a test too, imports psycopg2 safely.
"""

from __future__ import annotations

import os
import sys

__all__: list[str] = []

_usual = sys.getdlopenflags()
if "tensorflow" in sys.modules:
    # Only here: with a preloaded allocator such as jemalloc, RTLD_DEEPBIND would make the library
    # free memory of that allocator by the C library.
    sys.setdlopenflags(_usual | os.RTLD_DEEPBIND)
try:
    import psycopg2.extensions  # noqa: F401
finally:
    sys.setdlopenflags(_usual)
