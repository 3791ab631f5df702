"""Takes a page apart: its charts, its tables, its words."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote


def charts(page: str) -> dict[str, dict[str, Any]]:
    """Vega-Lite of every chart by the id of its element."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert text is not None
    found: dict[str, dict[str, Any]] = json.loads(text[1])["charts"]
    return {key: value["spec"] for key, value in found.items()}


def rows(text: str) -> list[dict[str, str]]:
    """Comma-separated values as rows."""
    return list(csv.DictReader(io.StringIO(text)))


def chart_data(spec: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, str]]]]:
    """Every layer with the rows it draws; outlines are left out."""
    for layer in spec.get("layer", [spec]):
        data = layer.get("data", spec.get("data", {}))
        values = data.get("values", spec.get("datasets", {}).get(data.get("name")))
        if isinstance(values, str) and not values.startswith("{"):
            yield layer, rows(values)


def files(page: str) -> dict[str, list[dict[str, str]]]:
    """Every table that can be downloaded, by the name of its file."""
    links = re.findall(r'<a class="file" download="([^"]+)" href="data:[^,]*,([^"]*)"', page)
    return {name: rows(unquote(unescape(text)).removeprefix("\ufeff")) for name, text in links}


def words(page: str) -> str:
    """All that can be read, without marks."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page.partition("<body>")[2], flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
