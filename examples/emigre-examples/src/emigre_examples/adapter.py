"""An adapter: `emigre export lines RUN OUT.jsonl`, one JSON object a day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

import emigre


def export_lines(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="The file to write.")],
    measure: Annotated[str, typer.Option(help="What is counted.")] = "arrived",
) -> None:
    """Write daily medians of a measure over all places, one JSON object per line."""
    results = emigre.read(run)
    if out.exists():
        raise emigre.ResultsError(f"{out} already exists")
    small = results.info.small_count
    rows = results.summary.filter(
        pl.col("measure").cast(pl.String) == measure, pl.col("place").cast(pl.String) == "*"
    )
    with out.open("w", encoding="utf-8") as file:
        for day, median in rows.select("date", "q50").iter_rows():
            shown = None if 0 < median < small else median  # small counts are withheld
            print(json.dumps({"date": str(day), measure: shown}), file=file)
    print(out)


ADAPTER = emigre.Adapter(exports={"lines": export_lines})
