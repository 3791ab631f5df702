"""Install Emigre with locked versions in a fresh environment and test it.

    python scripts/try_versions.py oldest         the oldest supported versions of dependencies
    python scripts/try_versions.py development    the versions used in development
    python scripts/try_versions.py newest         the newest releases that the bounds allow
    python scripts/try_versions.py --lock         writes both constraint files (needs uv)

Builds a wheel, checks its content, installs it in an empty environment, and runs `emigre list`,
`emigre run tiny` and a selection of tests. Prints sizes and times. It takes some minutes, mostly
for compiling kernels.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {"development": "highest", "oldest": "lowest-direct"}
NEWEST = "newest"
TESTS = (
    "tests/test_cli.py",
    "tests/test_golden.py",
    "tests/test_public.py",
    "tests/results",
    "tests/scenario",
    "tests/rules",
)
MOST_WHEEL_BYTES = 5_000_000


def lock() -> None:
    """Write constraints/*.txt from the bounds in pyproject.toml."""
    for name, resolution in FILES.items():
        out = ROOT / "constraints" / f"{name}.txt"
        command = ["uv", "pip", "compile", "-q", "pyproject.toml", "--extra", "dev", "--universal"]
        command += ["--python-version", "3.11", "--resolution", resolution, "--upgrade"]
        command += ["--no-annotate", "--no-header", "-o", str(out)]
        subprocess.run(command, cwd=ROOT, check=True)


def wheel_contents(path: Path) -> list[str]:
    """Files in a wheel; AssertionError if it is not pure Python or has unexpected files."""
    names = zipfile.ZipFile(path).namelist()
    assert path.name.endswith("-py3-none-any.whl"), path.name
    assert path.stat().st_size < MOST_WHEEL_BYTES, f"{path.stat().st_size} bytes"
    strangers = [n for n in names if not n.startswith(("emigre/", "emigre-"))]
    compiled = [n for n in names if n.endswith((".so", ".pyd", ".dll", ".pyc", ".nbi", ".nbc"))]
    assert not strangers + compiled, strangers + compiled
    for needed in (
        "emigre/py.typed",
        "emigre/schema/measures.csv",
        "emigre/examples/tiny/scenario.toml",
        "emigre/scenarios/russia-2022/scenario.toml",
    ):
        assert needed in names, needed
    return names


def size(folder: Path) -> float:
    """Size of all files of a folder in megabytes."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def attempt(name: str) -> None:
    """Install and test with the locked versions of a name; ``newest`` has none."""
    pins = [] if name == NEWEST else ["-c", str(ROOT / "constraints" / f"{name}.txt")]
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        venv.create(home / "venv", with_pip=True)
        binary = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python = str(binary / "python")
        surroundings = dict(os.environ, EMIGRE_CACHE_DIR=str(home / "kernels"))
        surroundings.pop("PYTHONPATH", None)

        def run(*words: str, cwd: Path = home) -> float:
            print("$", *(Path(w).name if w == python else w for w in words), flush=True)
            begun = time.perf_counter()
            subprocess.run(words, cwd=cwd, env=surroundings, check=True)
            return time.perf_counter() - begun

        before = size(home / "venv")
        run(python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(home), str(ROOT))
        wheel = next(home.glob("*.whl"))
        print(f"wheel: {wheel.stat().st_size / 1e6:.2f} MB, {len(wheel_contents(wheel))} files")
        run(python, "-m", "pip", "install", "-q", *pins, str(wheel))
        print(f"base install: {size(home / 'venv') - before:.0f} MB")
        run(python, "-m", "emigre", "--help")
        print(f"emigre --help: {run(python, '-m', 'emigre', '--help'):.2f} s")
        run(python, "-m", "emigre", "list")
        first = run(python, "-m", "emigre", "run", "tiny", "--runs", "2", "--quiet")
        again = run(python, "-m", "emigre", "run", "tiny", "--runs", "2", "--quiet")
        print(f"emigre run tiny: {first:.0f} s the first time, {again:.1f} s again")
        run(python, "-m", "pip", "install", "-q", *pins, f"{wheel}[test]")
        run(python, "-m", "pip", "list", "--format", "freeze")
        # What old packages say of new ones beside them is not ours to mend.
        lenient = ("-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning")
        run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *lenient, *TESTS, cwd=ROOT)
    print(f"{name}: all well")


def main() -> int:
    """Lock versions or try them."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("name", nargs="?", choices=[*FILES, NEWEST])
    words.add_argument("--lock", action="store_true")
    asked = words.parse_args()
    if asked.lock:
        lock()
    if asked.name:
        attempt(asked.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
