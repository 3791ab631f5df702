"""Cache of rendered result pages.

Expensive work (reading, aggregating, drawing) is done once per folder. Concurrent requests for the
same page share one rendering.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
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
        self._pages: OrderedDict[tuple[Any, ...], Future[str]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...], make: Callable[[], str]) -> str:
        """The page of a key, rendered if missing; the error of ``make`` is not kept."""
        with self._lock:
            known = self._pages.get(key)
            page = self._pages[key] = known or Future()
            self._pages.move_to_end(key)
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        if known is None:
            try:
                page.set_result(make())
            except BaseException as error:
                with self._lock:
                    self._pages.pop(key, None)
                page.set_exception(error)
        return page.result()  # also if it has been evicted meanwhile


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
