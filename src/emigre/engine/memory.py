"""Memory requirements, checked before allocation.

Operating systems grant more memory than exists and then kill processes that use it, so requirements
are checked against the machine's memory first.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from emigre.errors import InputError, Mistake

SHARE = 0.8
"""Maximum share of the machine's memory for one run."""


@cache
def machine() -> int:
    """Bytes of memory of the machine, or the limit of this process; very large if unknown."""
    known = [1 << 46]
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        known.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # limit of the container, if any
        known.append(int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    with suppress(ImportError, AttributeError):  # not on Windows
        import resource

        known += [resource.getrlimit(r)[0] for r in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min(n for n in known if n > 0)


def require(size: int, what: str, key: str, hint: str) -> None:
    """Raise InputError if ``size`` bytes for ``what`` exceed the available memory.

    ``key`` names the flag or the key of scenario.toml that determines the size, ``hint`` the
    remedy.
    """
    most = int(SHARE * machine())
    if size > most:
        found = f"{what} that need {size / 2**30:.1f} GiB of memory"
        expected = f"a run of at most {most / 2**30:.1f} GiB on this machine"
        raise InputError(Mistake(key, found, expected, hint))
