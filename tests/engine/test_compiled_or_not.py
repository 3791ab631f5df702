"""A small scenario gives the same bits compiled and uncompiled; only draws overflow."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import emigre
from emigre.engine.build import compile_scenario
from emigre.engine.simulate import simulate
from emigre.scenario.loader import load

DAYS = {"start": date(2030, 3, 22), "end": date(2030, 4, 10)}  # past a closure within a day
PLANS = ((1, None), (10, "status"), (2, "party_size"))


def digest(scale: int, by: str | None) -> str:
    """Hash of every number of a run."""
    found = simulate(compile_scenario(load("tiny", **DAYS), scale=scale, by=by), 3, 1)
    total = hashlib.sha256()
    for name, values in sorted(found.values.items()):
        total.update(name.encode() + values.tobytes())
    for name, pair in sorted(found.means.items()):
        total.update(name.encode() + pair[0].tobytes() + pair[1].tobytes())
    if found.by is not None:
        for column in (
            found.by.day,
            found.by.measure,
            found.by.place,
            found.by.category,
            found.by.value,
        ):
            total.update(column.tobytes())
    return total.hexdigest()


def alone() -> None:
    """What the process without a compiler does: hashes and the files that warned."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")  # each line once
        hashes = [digest(*plan) for plan in PLANS]
    warned = sorted({f"{Path(w.filename).name}: {w.category.__name__}" for w in caught})
    print(json.dumps({"hashes": hashes, "warned": warned}))


@pytest.fixture(scope="module")
def uncompiled() -> dict[str, list[str]]:
    outside = str(Path(emigre.__file__).parents[1])
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": outside}
    done = subprocess.run(
        [sys.executable, __file__], env=plain, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.compiled
def test_the_same_bits_compiled_and_not(uncompiled):
    assert uncompiled["hashes"] == [digest(*plan) for plan in PLANS]


@pytest.mark.compiled
def test_only_the_draws_overflow(uncompiled):
    assert uncompiled["warned"] == ["random.py: RuntimeWarning"]


if __name__ == "__main__":
    alone()
