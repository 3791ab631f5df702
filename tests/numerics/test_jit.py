"""Compilation of kernels: where machine code is stored, and when it is renewed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from emigre.numerics import cache_dir, jit

CODE = """
from emigre.numerics.jit import cache_folder, kernel, prepared
import numba

@kernel
def add(a, b):
    return a + b

print(add(1, 2), cache_folder(), repr(numba.config.CACHE_DIR), prepared())
"""


def said(folder: Path, **environment: str) -> list[str]:
    # From a file: Numba keeps machine code only of functions that stand in one.
    script = folder / "script.py"
    script.write_text(CODE)
    outside = Path(jit.__file__).parents[2]
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "EMIGRE_"))}
    done = subprocess.run(
        [sys.executable, str(script)],
        env=plain | {"PYTHONPATH": str(outside)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().split(maxsplit=3)


@pytest.mark.compiled
def test_the_folder_is_named_after_the_sources(tmp_path):
    sum_, folder, before, ready = said(tmp_path, EMIGRE_CACHE_DIR=str(tmp_path))
    assert sum_ == "3"
    assert Path(folder) == tmp_path / cache_dir.source_hash()[:16]
    assert before == "''"  # others' setting is put back
    assert ready == "(1, 1)"


@pytest.mark.compiled
def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    sum_, folder, *_ = said(tmp_path, EMIGRE_CACHE_DIR=str(file))
    assert sum_ == "3"
    assert not Path(folder).is_relative_to(tmp_path)


def test_with_the_compiler_off_kernels_are_plain_python(tmp_path):
    sum_, *_, ready = said(tmp_path, NUMBA_DISABLE_JIT="1")
    assert (sum_, ready) == ("3", "(0, 0)")


def test_the_users_cache_folder_is_the_platforms(monkeypatch, tmp_path):
    monkeypatch.delenv("EMIGRE_CACHE_DIR", raising=False)
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert cache_dir.bases()[0] == tmp_path / "local" / "emigre" / "kernels"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_dir.bases()[0] == tmp_path / "Library" / "Caches" / "emigre" / "kernels"
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_dir.bases()[0] == tmp_path / "emigre" / "kernels"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_dir.bases()[0] == tmp_path / ".cache" / "emigre" / "kernels"


def test_old_folders_are_removed_but_not_those_in_use(tmp_path):
    now = time.time()
    for i in range(8):
        folder = tmp_path / f"{i:016d}"
        folder.mkdir()
        os.utime(folder, (now - 86400 * i, now - 86400 * i))
    (tmp_path / "something else").mkdir()
    keep = tmp_path / f"{7:016d}"
    cache_dir._prune(tmp_path, keep=keep)
    left = sorted(p.name for p in tmp_path.iterdir())
    assert left == [f"{i:016d}" for i in (0, 1, 2, 7)] + ["something else"]


@pytest.mark.compiled
def test_machine_code_moves_with_the_sources_not_with_their_path(tmp_path):
    first, second = tmp_path / "here", tmp_path / "there"
    for folder in (first, second):
        folder.mkdir()
        (folder / "kernels_of_mine.py").write_text(
            "from emigre.numerics.jit import kernel\n\n@kernel\ndef add(a, b):\n    return a + b\n"
        )
        os.utime(folder / "kernels_of_mine.py", (1e9, 1e9))
    cache = tmp_path / "cache"
    code = "from kernels_of_mine import add; add(1, 2); print(dict(add.stats.cache_hits))"
    hits = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                "PATH": os.environ["PATH"],
                "EMIGRE_CACHE_DIR": str(cache),
                "PYTHONPATH": os.pathsep.join([str(folder), str(Path(jit.__file__).parents[2])]),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for folder in (first, second)
    ]
    assert hits[0] == "{}"
    assert hits[1] != "{}"


def test_a_folder_that_can_only_be_read_is_used(tmp_path, monkeypatch):
    cache_dir.cache_folder.cache_clear()
    folder = tmp_path / cache_dir.source_hash()[:16]
    folder.mkdir()
    (folder / "some.nbi").touch()
    monkeypatch.setenv("EMIGRE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache_dir, "is_writable", lambda folder: False)
    try:
        assert cache_dir.cache_folder() == folder
    finally:
        cache_dir.cache_folder.cache_clear()


@pytest.mark.compiled
@pytest.mark.skipif(not jit.compiling(), reason="speaks of machine code")
def test_literals_and_widths_of_integers_share_machine_code():
    @jit.kernel
    def twice(a):
        return a + a

    @jit.kernel
    def caller(a):
        return twice(1) + twice(2) + twice(a)

    assert caller(np.int32(3)) == 12
    assert len(twice.inlined().overloads) == 1


KERNELS = """from emigre.numerics.jit import kernel

@kernel
def double(a):
    return a + a

@kernel
def plus_one(a):
    return double(a) + 1

@kernel
def plus_two(a):
    return double(a) + 2
"""


@pytest.mark.compiled
@pytest.mark.skipif(not jit.compiling(), reason="speaks of machine code")
def test_kernels_called_by_kernels_have_no_wrappers_and_are_read_from_the_cache(tmp_path):
    (tmp_path / "kernels_of_mine.py").write_text(KERNELS)
    said = []
    for call in ("plus_one(3), None", "plus_two(3), double(3)"):
        code = (
            f"from kernels_of_mine import *; print({call}, len(double.overloads), "
            "sum(double.inlined().stats.cache_hits.values()))"
        )
        said.append(
            subprocess.run(
                [sys.executable, "-c", code],
                env=os.environ
                | {
                    "EMIGRE_CACHE_DIR": str(tmp_path / "cache"),
                    "PYTHONPATH": os.pathsep.join(
                        [str(tmp_path), str(Path(jit.__file__).parents[2])]
                    ),
                },
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
        )
    assert said == [["7", "None", "0", "0"], ["8", "6", "1", "1"]]


AHEAD = "import kernels_of_mine; kernels_of_mine.double(1)"


@pytest.mark.compiled
@pytest.mark.skipif(not jit.compiling(), reason="speaks of machine code")
def test_a_kernel_that_another_process_compiles_is_awaited(tmp_path):
    (tmp_path / "kernels_of_mine.py").write_text(KERNELS)
    (tmp_path / "ahead_of_mine.py").write_text(AHEAD)
    code = (
        "from kernels_of_mine import double; from emigre.numerics import jit; "
        "jit.cores = lambda: {cores}; jit.compile_elsewhere({module!r}, double); "
        "started = len(jit._elsewhere); print(double(3), started, len(double.stats.cache_hits))"
    )
    output = []
    for cores, module in ((1, "ahead_of_mine"), (2, "missing"), (2, "ahead_of_mine"), (2, "x")):
        cache = tmp_path / f"{cores}{module}" if module != "x" else tmp_path / "2ahead_of_mine"
        done = subprocess.run(
            [sys.executable, "-c", code.format(cores=cores, module=module)],
            env=os.environ
            | {
                "EMIGRE_CACHE_DIR": str(cache),
                "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(jit.__file__).parents[2])]),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        output.append(done.stdout.split())
    # On one core; the process fails; the process compiles; what is stored is compiled nowhere.
    assert output == [["6", "0", "0"], ["6", "1", "0"], ["6", "1", "1"], ["6", "0", "1"]]
