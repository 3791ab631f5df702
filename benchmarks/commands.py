"""Cost of whole commands, compared with the previous commit.

Each command runs in fresh processes, and the best of several times is reported, together with the
gigabytes that this machine copies in that time, and the time with another commit, which is checked
out into a temporary folder.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Cost, child, command

HERE = Path(__file__).resolve().parents[1]
RUN = ("run", "russia-2022")
FIT = "fit russia-2022 --size 280 --steps 3 --checks 16 --scale 200 --end 2022-12-31"
BANDWIDTH = "import json, measure; print(json.dumps({'bandwidth': measure.copy_bandwidth()}))"
CASES = {
    "--help": ("--help",),
    "run tiny, empty kernel cache": ("run", "tiny"),
    "run tiny": ("run", "tiny"),
    "run russia-2022": RUN,
    "one run": (*RUN, "--runs", "1"),
    "one to one, 2022": (*RUN, "--runs", "1", "--scale", "1", "--end", "2022-12-31"),
}


class Tree:
    """A checkout with separate kernel cache and results."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, home

    def measured(self, words: tuple[str, ...], kernels: Path) -> Cost:
        """Run a command; its run folders are deleted."""
        takes_folder = words[0] in ("run", "fit")
        with tempfile.TemporaryDirectory(dir=self.home) as folder:
            out = ("--out", str(Path(folder) / "out")) if takes_folder else ()
            return command(
                [sys.executable, "-m", "emigre", *words, *out],
                cwd=self.home,
                PYTHONPATH=str(self.root / "src"),
                PYTHONDONTWRITEBYTECODE="",
                EMIGRE_CACHE_DIR=str(kernels),
            )

    def best(self, name: str, words: tuple[str, ...], times: int) -> Cost:
        """The fastest of several runs; kernels are compiled before the first or in each."""
        if "empty" in name:
            with tempfile.TemporaryDirectory(dir=self.home) as kernels:
                return self.measured(words, Path(kernels))
        costs = [self.measured(words, self.home / "kernels") for _ in range(times)]
        return min(costs, key=lambda cost: cost.seconds)


def imported(folder: str, home: Path) -> tuple[str, ...]:
    """A run of a folder of Flee, imported into ``home``."""
    target = home / Path(folder).name
    words = ("import", "flee", folder, str(target))
    command([sys.executable, "-m", "emigre", *words], PYTHONPATH=str(HERE / "src"))
    return ("run", str(target), "--runs", "1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", help="folders of Flee, imported and run once")
    parser.add_argument("--before", default="HEAD~1", help="commit to compare with")
    parser.add_argument("--times", type=int, default=3, help="2 or more: the first compiles")
    parser.add_argument("--fit", action="store_true", help="also fit (about 8 minutes a commit)")
    given = parser.parse_args()
    # In a child: a process starts with the peak memory of the one that starts it.
    bandwidth = child(BANDWIDTH, PYTHONPATH=str(Path(__file__).parent)).said["bandwidth"] / 1e9
    print(f"copying: {bandwidth:.1f} GB/s; compared with {given.before}")
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        other = home / "other"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", other, given.before], check=True)
        try:
            trees = [Tree(HERE, home / "now"), Tree(other, home / "before")]
            for tree in trees:
                tree.home.mkdir()
            cases = CASES | {Path(f).name: imported(f, home) for f in given.folders}
            cases |= {"fit russia-2022": tuple(FIT.split())} if given.fit else {}
            for name, words in cases.items():
                times = 1 if words[0] == "fit" else given.times
                now, before = (tree.best(name, words, times) for tree in trees)
                print(
                    f"{name:30} {now.seconds:7.2f} s {now.cpu:7.2f} s of processor "
                    f"{now.megabytes:6.0f} MB = {now.seconds * bandwidth:7.1f} GB copied; "
                    f"before {before.seconds:7.2f} s, ratio {now.seconds / before.seconds:.2f}",
                    flush=True,
                )
        finally:
            subprocess.run([*git, "remove", "--force", other], check=True)


if __name__ == "__main__":
    main()
