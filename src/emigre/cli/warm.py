"""Takes command lines from a pipe, one a line, so that imports and compiling are paid once.

Used by the desk. Each line is JSON. With ``args`` (after ``emigre``) and the files ``out`` and
``log`` for what the command prints and says, the answer is a line with its exit code. With
``prepare``, arguments of a command to go through so that the next of its like is quicker, there is
no answer and nothing is left of it. The process ends with the pipe.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO


def once(args: list[str], out: TextIO, log: TextIO) -> int:
    """The exit code of one command."""
    from emigre.cli import app

    with redirect_stdout(out), redirect_stderr(log):
        try:
            app(args)
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
        except Exception as error:  # as an interpreter would say it
            print(f"{type(error).__name__}: {error}", file=log)
            return 1
    return 0


def rehearse(args: list[str]) -> None:
    """Go through a command whose results nobody wants."""
    with (
        tempfile.TemporaryDirectory(prefix="emigre-warm-") as home,
        tempfile.TemporaryFile("w+") as nowhere,
    ):
        once([*args, "--runs", "1", "--no-chart", "--out", f"{home}/w"], nowhere, nowhere)


def main() -> None:
    """Warm up on the smallest world, then serve the pipe."""
    answers = sys.stdout
    days = ["--start", "2030-03-01", "--end", "2030-03-02"]
    rehearse(["compare", "tiny", "--without", "prices", *days])
    for line in sys.stdin:
        order = json.loads(line)
        if "prepare" in order:
            rehearse(order["prepare"])
            continue
        with (
            Path(order["out"]).open("w", encoding="utf-8") as out,
            Path(order["log"]).open("w", encoding="utf-8", buffering=1) as log,
        ):
            code = once(order["args"], out, log)
        print(json.dumps({"code": code}), file=answers, flush=True)


if __name__ == "__main__":
    main()
