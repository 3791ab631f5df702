"""Start-up time, each measured in a fresh interpreter, best of five."""

from measure import child

CASES = {
    "an empty interpreter": "pass",
    "import emigre": "import emigre",
    "emigre --help": "import sys; sys.argv = ['emigre', '--help']\n"
    "import emigre.cli\ntry: emigre.cli.main()\nexcept SystemExit: pass",
    "load a scenario": "import emigre; emigre.load('tiny')",
    "load russia-2022": "import emigre; emigre.load('russia-2022')",
    "one tiny run, kernels on disk": "import emigre; emigre.run('tiny', runs=1)",
}


def main() -> None:
    base = None
    for name, code in CASES.items():
        child(code)
        cost = min((child(code) for _ in range(5)), key=lambda c: c.seconds)
        base = base or cost.seconds
        print(
            f"{name:32} {cost.seconds:6.2f} s   {cost.seconds / base:6.1f} x empty   "
            f"{cost.megabytes:5.0f} MB"
        )


if __name__ == "__main__":
    main()
