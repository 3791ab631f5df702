"""What a run would need in memory, judged before it is allocated.

Systems grant more memory than there is and end the process that uses it; so nothing is asked for
that the machine cannot hold.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from emigre.errors import InputError, Mistake

SHARE = 0.8
"""Of the machine's memory that one run may take."""


@cache
def machine() -> int:
    """Bytes of memory that the machine has, or this process may use; a lot if nobody knows."""
    known = [1 << 46]
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # a limit of the container, if there is one
        known.append(int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    with suppress(ImportError, AttributeError):  # not on Windows
        import resource

        known += [resource.getrlimit(r)[0] for r in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min(n for n in known if n > 0)


def require(size: int, what: str, key: str, hint: str) -> None:
    """Raise InputError if ``size`` bytes for ``what`` are more than the machine can give.

    ``key`` names what sets the size (a flag or a key of scenario.toml), ``hint`` the way out.
    """
    most = int(SHARE * machine())
    if size > most:
        found = f"{what} that need {size / 2**30:.1f} GiB of memory"
        expected = f"a run of at most {most / 2**30:.1f} GiB on this machine"
        raise InputError([Mistake(key, None, "", found, expected, hint)])
