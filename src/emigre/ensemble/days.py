"""Count of simulated days, for the progress of an ensemble."""

import threading
from dataclasses import dataclass, field

from emigre.ensemble.listener import ProgressListener


class StoppedError(Exception):
    """Raised in members that are cancelled because another failed or the user interrupted."""


@dataclass(eq=False)
class Days:
    """Thread-safe count of the simulated days of all members, reported to the listener."""

    watcher: ProgressListener
    total: int
    done: int = 0
    has_begun: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def add(self, days: int = 1) -> None:
        """Add simulated days."""
        if self.stopped.is_set():
            raise StoppedError
        with self.lock:
            self.has_begun = True
            self.done += days
            self.watcher.days(self.done, self.total)

    def kernels(self, ready: int, total: int) -> None:
        """Report compilation until the first day is simulated."""
        with self.lock:
            if not self.has_begun:
                self.watcher.kernels(ready, total)
