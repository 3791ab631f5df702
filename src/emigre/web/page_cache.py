"""Cache of rendered result pages.

Expensive work (reading, aggregating, drawing) is done once per folder. Concurrent requests for the
same page share one rendering.
"""

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from emigre.charts import places
from emigre.charts.theme import configuration, page_colours
from emigre.report.page import in_script
from emigre.scenario.model import Scenario

KEPT = 24


class PageCache:
    """LRU cache of pages."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._locks: dict[tuple[Any, ...], threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...], make: Callable[[], str]) -> bytes:
        """The gzipped page of a key, rendered if missing."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            lock = self._locks.setdefault(key, threading.Lock())
        try:
            with lock:
                with self._lock:
                    body = self._made.get(key)
                if body is None:
                    body = gzip.compress(make().encode(), compresslevel=5)
                    self._keep(key, body)
                return body  # it may have been evicted meanwhile
        finally:
            with self._lock:
                self._locks.pop(key, None)

    def _keep(self, key: tuple[Any, ...], body: bytes) -> None:
        with self._lock:
            self._made[key] = body
            while len(self._made) > KEPT:
                self._made.popitem(last=False)


@lru_cache(maxsize=12)
def places_map(scenario: Scenario) -> str:
    """Chart data of the map of a scenario; empty if no place has coordinates."""
    drawn = places.chart(scenario)
    if drawn is None:
        return ""
    aspect = drawn["height"] / drawn["width"]
    drawn |= {"width": "container", "description": f"Map of the places of {scenario.title}."}
    charts = {"places": {"spec": drawn, "aspect": aspect}}
    return in_script({"charts": charts, "config": configuration(page_colours())})
