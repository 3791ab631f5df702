"""Mistyped command lines: every option of every command with unsuitable values.

A command line is determined by its number. Options are read from the commands: a new option is
tested without a change here. :func:`values` falls back on texts of all kinds.
"""

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from emigre import schema
from fuzzing.texts import DATES, EXTREMES, NUMBERS, WORDS

INTEGERS = (
    *("0", "-1", "1", "2", "3", "7", "-0", "+1", "--1", " 1", "1.0", "1.5", "1e3", "1e-300"),
    *("10000", "1000000", "1000000000000", "2147483648", "4294967296", "9223372036854775807"),
    *("9223372036854775808", "99999999999999999999", "10**12", "9" * 400, "9" * 5000),
    *("nan", "inf", "-inf", "", "x", "0x10", "1_000", "１", "½", "1,5", "1 000", "\x1b[31m2"),
)
DAYS = (
    *("2030-02-28", "2030-03-01", "2030-03-02", "2030-03-04", "2030-03-05", "2030-04-30"),
    *("2030-05-31", "2030-06-01", "1900-01-01", "2100-12-31", "0001-01-01", "9999-12-31", ""),
)
SPANS = (
    *("7d", "0d", "-1d", "1w", "7", "d", "", "1.5d", "1e9d", "9" * 400 + "d", "9" * 5000 + "d"),
    *("99999999d", "3652058d", "+7d", "7D", "7 d", "７d", "1m", "nan", "1d1d"),
)
CODES = ("*", "NORDAL", "SUDRIA", "BRIDGE", "PASS", "CITY", "VESLAND-BORDER", "nordal", "NORDALL")
CHANGES = ("nordal_closes", "call_up_men", "prices", "nordal_visa_free", "nordal_close", "")
VARIANTS = (
    *("wider-pass", "nordal-stays-open", "wider", "bench/variant.toml", "bench/broken.toml"),
    *(
        "bench/latin.toml",
        "bench",
        "bench/hxl.csv",
        "bench/none.toml",
        "../tiny",
        "wider-pass.toml",
    ),
)
SCENARIOS = (
    *("tiny", "bench/mine", "bench/broken", "bench/run", "bench/run/scenario", "bench/compared"),
    *("bench", "bench/hxl.csv", "tinny", "TINY", ".", "..", "bench/valley", "tiny:wider-pass"),
    *("tiny:", ":", "tiny:wider-pass+nordal-stays-open", "tiny:none", "bench/mine:wider-pass"),
)
PATHS = (
    *("out", "out/deep/er", ".", "..", "", "bench", "bench/run", "bench/compared", "bench/hxl.csv"),
    *("bench/hxl.csv/below", "none/none.csv", "x" * 300, "a\nb", "é", "e\u0301.csv", " ", "~", "-"),
    *("out.csv", "out.html", "bench/draws.csv", "bench/empty", "./out/../out", "out/", "con"),
    *("\udcff", "😀.csv", "bench/run/daily.parquet", "bench/cut", "bench/run/run.json", "*"),
)
ADDRESSES = ("tcp://127.0.0.1:1", "127.0.0.1:1", "tcp://", "x://y", "://", "tcp://[::1", "")
OF_CHOICE = {
    "method": ("morris", "sobol", "Morris"),
    "use": ("fit", "check", "all", "context"),
    "wording": ("exactly", "rounded", "about", "nearly", "up_to", "more_than", "roughly"),
    "per": ("period", "day", "year", "week"),
    "counts": ("people", "passages", "both_ways", "trips", "present", "registered", "hours"),
    "capacities": ("given", "none", "some"),
    "by": ("group", "status", "document", "occupation", "sex", "groups", "*"),
    "source": ("invented", "unknown"),
    "host": ("127.0.0.1", "localhost", "nowhere.invalid", "::1", "256.1.1.1"),
}
_RUN = "bench/run"
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("tiny --end 2030-03-03 --runs 2 --no-chart",),
    "compare": ("tiny --variant wider-pass --end 2030-03-03 --runs 1 --no-chart",),
    "explain": ("tiny tiny:wider-pass --runs 1", f"{_RUN} tiny --runs 1"),
    "sensitivity": ("tiny --measure departed --runs 1 --trajectories 2",),
    "fit": ("tiny --size 10 --steps 1 --checks 2 --end 2030-03-17",),
    "forecast": ("tiny --as-of 2030-03-14 --horizon 7d --runs 1",),
    "hindcast": ("tiny --from 2030-03-14 --to 2030-03-16 --horizon 7d --runs 1",),
    "score": (_RUN,),
    "claims": (_RUN, "tiny --runs 1"),
    "claim": (f"{_RUN} --measure departed --place * --from 2030-03-01 --to 2030-03-03 --value 9",),
    "report": (_RUN, "bench/compared"),
    "describe": ("tiny",),
    "check": ("tiny",),
    "new": ("new-crisis",),
    "list": ("",),
    "desk": ("--no-browser", "tiny --no-browser"),
    "import flee": ("bench/valley out",),
    "export flee": ("bench/camps out",),
    "import hxl": ("bench/hxl.csv bench/mine --country VESLAND --source invented",),
    "import hxl-counts": ("bench/counts.csv bench/mine --measure stock --source invented",),
    "export hxl": (f"{_RUN} out.csv",),
    "import unhcr": ("bench/finder.csv bench/mine --source invented",),
    "import unhcr-portal": ("bench/portal.csv bench/mine --source invented",),
    "import dtm": ("bench/dtm.csv bench/mine --source invented --measure trapped",),
    "import hapi": ("bench/hapi.csv bench/mine --source invented",),
    "import idmc": ("bench/idmc.csv bench/mine --source invented --measure departed",),
    "import table": (
        "bench/portal.csv bench/mine --source invented --measure stock --column place=Country "
        "--column last_day=date --column value=individuals",
    ),
    "import acled": ("bench/events.csv bench/mine --source invented",),
    "export xlsx": (f"{_RUN} out.xlsx",),
    "export csv": (f"{_RUN} out",),
}
"""Every command with lines that are right, from which the others are made."""
_WEIGHTS = {"run": 6, "compare": 4, "explain": 2, "claim": 2, "hindcast": 2, "fit": 2}


def line(number: int) -> list[str]:
    """The command line of a number, without the name of the program."""
    rng = random.Random(f"line-{number}")
    names = list(COMMANDS)
    name = rng.choices(names, [_WEIGHTS.get(n, 1) for n in names])[0]
    words = rng.choice(COMMANDS[name]).split()
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        words = rng.choices(_MUTATIONS, _HOW_OFTEN)[0](rng, name, words)
    return [*name.split(), *words]


def _new_option(rng: random.Random, name: str, words: list[str]) -> list[str]:
    """An option, in the place of what was given or beside it."""
    if not _options(name):
        return [*words, rng.choice(("--quiet", "--runs", "-q", "--", "x"))]
    option = rng.choice(_options(name))
    flag = rng.choice(option.opts)
    if option.is_flag:
        # New processes take seconds to begin with.
        return [*words, flag] if flag != "--processes" or rng.random() < 0.2 else words
    given = flag if flag not in words else rng.choice((flag, flag, ""))
    value = rng.choice(values(option.name))
    if not given:  # twice, with another value
        return [*words, flag, value]
    if flag in words:
        at = words.index(flag)
        return [*words[: at + 1], value, *words[at + 2 :]]
    return [*words, flag, value] if rng.random() < 0.9 else [*words, f"{flag}={value}"]


def _new_argument(rng: random.Random, name: str, words: list[str]) -> list[str]:
    """One of the words without a flag is another."""
    n = sum(p.param_type_name == "argument" for p in _command(name).params)
    free = [i for i in range(min(n, len(words))) if not words[i].startswith("--")]
    if not free:
        return words
    at = rng.choice(free)
    chosen = rng.choice((SCENARIOS, SCENARIOS, PATHS, WORDS))
    return [*words[:at], rng.choice(chosen), *words[at + 1 :]]


def _lost_word(rng: random.Random, name: str, words: list[str]) -> list[str]:
    at = rng.randrange(len(words)) if words else 0
    return words[:at] + words[at + 1 :]


def _slip(rng: random.Random, name: str, words: list[str]) -> list[str]:
    """A letter too many, too few, or in another case."""
    if not words:
        return ["--hlep"]
    at = rng.randrange(len(words))
    word = words[at]
    cut = rng.randrange(len(word) + 1)
    new = rng.choice((word[:cut] + word[cut + 1 :], word[:cut] + "=" + word[cut:], word.upper()))
    return [*words[:at], new, *words[at + 1 :]]


_MUTATIONS: tuple[Callable[[random.Random, str, list[str]], list[str]], ...] = (
    _new_option,
    _new_argument,
    _lost_word,
    _slip,
)
_HOW_OFTEN = (20, 4, 1, 1)


def values(option: str) -> Sequence[str]:
    """Texts for the value of an option, by its name in the commands."""
    if option in OF_CHOICE:
        return (*OF_CHOICE[option], "", "x", "*", "é")
    known: dict[str, Sequence[str]] = {
        "measure": (*schema.measures(), *schema.measures(), "depart", "", "*", "DEPARTED", "é"),
        "place": (*CODES, *CODES, "", "é", "*|*"),
        "country": (*CODES, *WORDS),
        "variant": (*VARIANTS, *VARIANTS, *WORDS),
        "without": (*CHANGES, *CHANGES, *WORDS),
        "shift": (*(f"{c}={s}" for c in CHANGES for s in SPANS), "x", "=", "prices", "=+7d"),
        "only": ("base_leaving_per_day", "patience_days", "places.PASS.attraction", *WORDS),
        "set_": _settings(),
        "cluster": ADDRESSES,
        "draws": (*PATHS, "none", "None", "bench/draws.csv", "bench/draws.csv"),
        "scenario": SCENARIOS,
    }
    if option in known:
        return known[option]
    if option in ("start", "end", "as_of", "from_", "to"):
        return (*DAYS, *DAYS, *DATES)
    if option in ("every", "horizon"):
        return SPANS
    if option in ("out", "figures", "forecasts", "runs_dir"):
        return PATHS
    if option in ("value", "low", "high", "discrepancy", "minutes"):
        return (*NUMBERS, *EXTREMES, "", "x")
    return INTEGERS


@cache
def _settings() -> tuple[str, ...]:
    """Parameters and cells, known and unknown, with values of all kinds."""
    keys = [
        *schema.parameters(),
        *("places.PASS.capacity_persons_per_day", "places.CITY.population", "places.PASS.kind"),
        *("rules.nordal_closes.effective_from", "rules.nordal_closes.value", "legs.CITY.km"),
        *("traffic.bridge.persons_per_day", "groups.young_men.share", "pressures.prices.leaving"),
        *("start", "run.runs", "", ".", "..", "a.b", "places..x", "places.PASS.", "x" * 300),
    ]
    rng = random.Random("settings")
    texts = [*NUMBERS, *NUMBERS, *EXTREMES, *EXTREMES, *DATES, *WORDS, "1", "0.5"]
    pairs = [f"{rng.choice(keys)}={rng.choice(texts)}" for _ in range(4000)]
    return (*pairs, "patience_days", "=", "==", "patience_days==1", "patience_days = 3")


@cache
def _command(name: str) -> Any:
    """A command as Click knows it."""
    from typer.main import get_command

    from emigre.cli import app

    result: Any = get_command(app)
    for word in name.split():
        result = result.commands[word]
    return result


@cache
def _options(name: str) -> list[Any]:
    return [p for p in _command(name).params if p.param_type_name == "option"]


@cache
def all_commands() -> set[str]:
    """Names of all commands there are."""
    from typer.main import get_command

    from emigre.cli import app

    result: Any = get_command(app)
    names = set()
    for name, command in result.commands.items():
        names |= {f"{name} {sub}" for sub in getattr(command, "commands", {})} or {name}
    return names
