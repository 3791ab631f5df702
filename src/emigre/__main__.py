"""``python -m emigre``: the same as the command ``emigre``."""

from emigre.cli import main

if __name__ == "__main__":
    main()
