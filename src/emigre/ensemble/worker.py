"""Work of a worker process: see :mod:`emigre.ensemble.worker_processes`.

It reads pickled calls from standard input and writes messages to standard output: the days that
have been simulated, kernels that have been compiled, and the result or the error. It ends when its
input ends, and therefore when its parent does.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing import spawn
from queue import SimpleQueue
from typing import Any

from emigre.engine import api
from emigre.errors import EmigreError
from emigre.numerics.cache_dir import are_kernels_stored

_REPORT_SECONDS = 0.1
_worker: _Worker | None = None


def serve() -> None:
    """Serve calls until standard input ends."""
    global _worker
    for name in ("SIGINT", "SIGBREAK"):  # the parent handles them
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    calls: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_read, args=(calls,), daemon=True).start()
    _worker = _Worker()
    spawn.prepare(calls.get())  # imports the main script, if it is named
    _load()
    while True:
        _worker.answer(calls.get())


def _load() -> None:
    """Load the modules of a run before the first call, and its kernels beside it."""
    from emigre.engine import simulate  # noqa: F401
    from emigre.ensemble import task  # noqa: F401
    from emigre.numerics.jit import load_stored

    threading.Thread(target=load_stored, daemon=True).start()


def is_worker() -> bool:
    """Whether this process is a worker."""
    return _worker is not None


def count_day(_day: int) -> None:
    """Report a simulated day to the parent."""
    assert _worker is not None
    _worker.days += 1
    _worker.report(_REPORT_SECONDS)


def _read(calls: SimpleQueue[Any]) -> None:
    with suppress(EOFError, OSError):
        while True:
            calls.put(pickle.load(sys.stdin.buffer))
    os._exit(0)


class _Worker:
    def __init__(self) -> None:
        # What steps and analyzers print goes to standard error.
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._reported = 0.0
        self.days = 0
        threading.Thread(target=self._report_compilation, daemon=True).start()

    def answer(self, call: bytes) -> None:
        """Make a call and send its result or error."""
        try:
            function, arguments = pickle.loads(call)
            answer = "result", function(*arguments)
        except BaseException as error:
            answer = "error", _sendable(error)
        self.report()
        self._send(*answer)

    def report(self, every: float = 0.0) -> None:
        """Send the number of days simulated since the last report, unless that was just sent."""
        now = time.monotonic()
        if self.days and now >= self._reported + every:
            self._reported = now
            self._send("days", self.days)
            self.days = 0

    def _report_compilation(self) -> None:
        """Report compilation until the first day is simulated."""
        while not self._reported and not are_kernels_stored():
            if "emigre.numerics.jit" in sys.modules:
                self._send("kernels", api.kernels_ready())
            time.sleep(0.5)

    def _send(self, kind: str, content: object) -> None:
        message = pickle.dumps((kind, content))
        with self._lock:
            self._out.write(message)
            self._out.flush()


def _sendable(error: BaseException) -> BaseException:
    """The error, with its traceback if it is a bug."""
    if not isinstance(error, EmigreError | OSError | MemoryError):
        error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
