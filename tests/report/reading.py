"""Parse a page: its charts, its tables, its text."""

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any


@cache
def data(page: str) -> dict[str, Any]:
    """Data that the script of the page draws, downloads and tabulates."""
    packed = re.search(r'<script type="text/plain" id="data">(.*?)</script>', page, re.S)
    assert packed is not None
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed[1])))
    return found


def charts(page: str) -> dict[str, dict[str, Any]]:
    """Vega-Lite of every chart by the id of its element."""
    return {key: value["spec"] for key, value in data(page)["charts"].items()}


def rows(text: str) -> list[dict[str, str]]:
    """Comma-separated values as rows."""
    return list(csv.DictReader(io.StringIO(text)))


def chart_data(spec: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every layer with the rows it draws; outlines are left out."""
    for layer in spec.get("layer", [spec]):
        values = layer.get("data", spec.get("data", {})).get("values")
        if isinstance(values, list):
            yield layer.get("layer", [layer])[0], values


def files(page: str) -> dict[str, list[dict[str, str]]]:
    """Every table that can be downloaded, by the name of its file."""
    links = re.findall(r'<a class="file" download="([^"]+)" href="#" data-file="([^"]+)"', page)
    texts = data(page)["files"]
    return {name: rows(texts[unescape(key)].removeprefix("\ufeff")) for name, key in links}


def words(page: str) -> str:
    """All visible text, without markup."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page.partition("<body>")[2], flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
