"""Open and serve the desk."""

from __future__ import annotations

import secrets
import socket
import threading
import time
import webbrowser
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emigre.errors import InputError, Mistake, ResultsError
from emigre.results.output_dir import write_whole
from emigre.scenario.library import find_folder, shipped
from emigre.web.terms import Terms, is_loopback
from emigre.web.workspace import OWN, Workspace, is_scenario

if TYPE_CHECKING:
    import uvicorn
    from filelock import FileLock
    from starlette.types import ASGIApp

PORT = 8017
_TRIES = 20
_LAST_PORT = 65_535
_PORT = "port"
"""File with the port of the desk that has a folder of runs open."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk ready to serve: folders, access terms and bound socket.

    ``lock`` keeps other desks from the folder of runs; the system releases it at exit.
    """

    workspace: Workspace
    terms: Terms
    socket: socket.socket
    first: str
    minutes: float
    lock: FileLock

    @property
    def address(self) -> str:
        """URL to open in a browser, including the token if required."""
        host = "127.0.0.1" if self.terms.host in ("0.0.0.0", "::") else self.terms.host
        host = f"[{host}]" if ":" in host else host
        token = f"?token={self.terms.token}" if self.terms.token else ""
        return f"http://{host}:{self.terms.port}{self.first}{token}"

    def serve(self, *, browser: bool) -> None:
        """Serve until interrupted; running jobs are interrupted too and can be resumed."""
        import uvicorn

        from emigre.web.app import application

        app = application(self.workspace, self.terms, minutes=self.minutes)
        server = uvicorn.Server(configured(app))
        if browser:
            threading.Thread(target=_show, args=(server, self.address), daemon=True).start()
        with suppress(KeyboardInterrupt):  # Ctrl+C is how a desk is closed
            server.run(sockets=[self.socket])


def configured(app: ASGIApp) -> uvicorn.Config:
    """Uvicorn settings: no server header, no trust in proxy headers."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=256_000,
        http="h11",
        lifespan="on",
    )


def open_desk(
    what: str | None,
    *,
    host: str,
    port: int | None,
    runs: Path,
    minutes: float,
    with_token: bool = True,
) -> Desk:
    """Prepare a desk. ``what`` is a scenario, or the folder of runs.

    ``port`` defaults to a free port near the usual one; only a desk on loopback may do without a
    token. Raises InputError for invalid arguments, ResultsError if the address is not available
    or another desk has the folder open.
    """
    try:
        import python_multipart  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise ResultsError("The desk needs extra packages: pip install 'emigre[desk]'") from None
    more: dict[str, Path] = {}
    first = "/"
    if what and Path(what).is_dir() and not is_scenario(Path(what)):
        runs = Path(what)
    elif what is not None:
        folder = _scenario(what)
        if folder not in shipped().values():
            more[folder.resolve().name] = folder
        first = f"/scenarios/{folder.resolve().name}"
    if minutes <= 0:
        raise InputError(Mistake("--minutes", str(minutes), "more than 0 minutes"))
    if port is not None and not 0 <= port <= _LAST_PORT:
        raise InputError(Mistake("--port", str(port), f"a port from 0 to {_LAST_PORT}"))
    if not host.strip():  # an empty address would listen on every network
        raise InputError(Mistake("--host", "no address", "an address of this machine"))
    if not (with_token or is_loopback(host)):
        expected = "a desk on this machine only (--host 127.0.0.1); on any other a token is needed"
        raise InputError(Mistake("--no-token", f"--host {host}", expected))
    runs.mkdir(parents=True, exist_ok=True)
    lock = _locked(runs)
    bound = _bind(host, port)
    bound_port = int(bound.getsockname()[1])
    terms = Terms(host, bound_port, secrets.token_urlsafe(24) if with_token else "")
    write_whole(runs / OWN / _PORT, f"{bound_port}\n")
    return Desk(Workspace(runs, more), terms, bound, first, minutes, lock)


def _locked(runs: Path) -> FileLock:
    """Lock a folder of runs, because a second desk would treat its runs as interrupted."""
    from filelock import FileLock, Timeout

    own = runs / OWN
    own.mkdir(exist_ok=True)
    lock = FileLock(own / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        try:
            where = f" (port {(own / _PORT).read_text(encoding='utf-8').strip()})"
        except OSError:
            where = ""
        raise ResultsError(
            f"{runs} is open in another desk{where}: use that one, or another folder with "
            "--runs-dir DIR"
        ) from None
    return lock


def _scenario(what: str) -> Path:
    """The folder of a scenario; InputError also says how a new folder of runs is given."""
    try:
        return find_folder(what)
    except InputError as error:
        more = ", or an existing folder of runs (a new one: --runs-dir DIR)"
        named = (replace(m, expected=m.expected + more) for m in error.mistakes)
        raise InputError(*named) from None


def _bind(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = [port] if port is not None else [PORT + i for i in range(_TRIES)]
    reason = ""
    for number in ports:
        bound = socket.socket(family, socket.SOCK_STREAM)
        # On Windows a second socket may bind the same port unless this is set.
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        bound.setsockopt(socket.SOL_SOCKET, alone, 1)
        try:
            bound.bind((host, number))
        except OSError as error:
            bound.close()
            reason = getattr(error, "strerror", None) or str(error)
            continue
        return bound
    raise ResultsError(f"cannot bind {host} port {ports[0]}: {reason}; choose another --port")


def _show(server: uvicorn.Server, address: str) -> None:
    while not server.started:
        time.sleep(0.05)
    webbrowser.open(address)
