"""Steps of the day written outside the package and passed to :func:`emigre.run`.

A step is called in the morning, before anybody decides, and in the evening, before the accounts of
the day are closed. Every run has its own fresh copy, so that results do not depend on where and
in which order runs are simulated.
"""

import hashlib
import inspect
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from emigre.errors import InputError, Mistake, refuse
from emigre.processes.arrays import F64, Conditions, OpenWays, Population, Today

T = TypeVar("T", bound=tuple[Any, ...])


@dataclass(slots=True, eq=False)
class DayView:
    """A day of one run, as passed to a step.

    Layouts of the arrays: ``emigre.processes.arrays``.

    Attributes
    ----------
    now : Conditions
        Conditions of the day, read-only; :meth:`change` replaces those in ``now.today``.
    people : Population
        State of the run: cohorts (people at home), parties (one row per party), queues at crossings
        and accounts (counts of the day in persons). A step may change it in place as long as the
        accounts balance.
    places : dict of str to tuple of str
        Ids of the rows of each kind of place.
    day, date, run : int, date, int
        Number and date of the day, and number of the run.
    random : Generator
        Random numbers for this step, run and day only.
    """

    day: int
    date: date
    run: int
    places: dict[str, tuple[str, ...]]
    rules: Mapping[str, F64]
    conditions: Conditions
    people: Population
    random: np.random.Generator

    @property
    def now(self) -> Conditions:
        """Conditions of the day, read-only."""
        return read_only(self.conditions)

    @property
    def today(self) -> Today:
        """The conditions of the day that :meth:`change` can replace, read-only."""
        return self.now.today

    def rule(self, kind: str) -> F64:
        """Values in force at the end of the day of a rule kind of another package, read-only.

        Rows are places; columns are groups, classes or legal classes, or one for everyone, as the
        kind says. A row of rules by origin is a zone, too.
        """
        return self.rules[kind]

    def change(self, **conditions: Any) -> None:
        """Replace conditions of today, each by an array of the same shape.

        ``day.change(departure_multiplier=2.0 * day.today.departure_multiplier)``. InputError if
        there is no such array, the shape differs, or a value is missing.
        """
        for name, given in conditions.items():
            today = self.conditions.today
            old = getattr(today, name, None)
            if not isinstance(old, np.ndarray) or old.dtype.names:
                raise InputError(Mistake("step", "no such array", "one of today's", column=name))
            new = np.array(given, old.dtype, order="C")
            if new.shape != old.shape or np.isnan(new).any():
                expected = f"{old.shape} without nan"
                raise InputError(Mistake("step", f"shape {new.shape}", expected, column=name))
            today = today._replace(**{name: new})  # type: ignore[arg-type]
            if name in ("way_utility", "route_utility"):  # which may open a way
                ways = self.conditions.itineraries
                today = today._replace(open=OpenWays.of_all(ways, len(today.route_utility)))
            self.conditions = self.conditions._replace(today=today)


class Step:
    """Base class of a step of the day: override :meth:`morning`, :meth:`evening` or both.

    A step is pickled: its class belongs in a module, and its parameters in its attributes.
    """

    @property
    def name(self) -> str:
        """The name in ``run.json``: that of the class."""
        return type(self).__qualname__

    def morning(self, day: DayView) -> None:
        """Act before anybody decides; flows in the accounts are zero, stocks those of yesterday."""

    def evening(self, day: DayView) -> None:
        """Act after everybody has moved, before the accounts are checked and closed."""


def check_steps(steps: object, *, in_processes: bool) -> tuple[Step, ...]:
    """The steps as a tuple; InputError unless each is a step that can be pickled."""
    given = (steps,) if isinstance(steps, Step) else steps
    items: Sequence[object] = tuple(given) if isinstance(given, list | tuple) else (given,)
    mistakes = [m for step in items if (m := _mistake(step, in_processes)) is not None]
    refuse(mistakes)
    return tuple(step for step in items if isinstance(step, Step))


def _mistake(step: object, in_processes: bool) -> Mistake | None:
    if not isinstance(step, Step):
        return Mistake("steps", repr(step), "instances of a subclass of emigre.Step")
    try:
        pickle.dumps(step)
    except Exception as error:
        expected = "a class at the top of a module, with attributes that pickle"
        return Mistake("steps", f"cannot be pickled ({error})", expected, column=step.name)
    if in_processes and type(step).__module__ == "__main__":
        expected = "a module that other processes can import, or pool='threads'"
        return Mistake("steps", "a class of the main script", expected, column=step.name)
    return None


def identity(step: Step) -> list[str]:
    """Name, parameters and source of a step: all that its effect depends on."""
    try:
        source = Path(inspect.getfile(type(step))).read_bytes()
    except (OSError, TypeError):  # of an interactive session
        source = b""
    return [step.name, *(hashlib.sha256(part).hexdigest() for part in (pickle.dumps(step), source))]


def copies(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Copies for one run."""
    made: tuple[Step, ...] = pickle.loads(pickle.dumps(tuple(steps)))
    return made


def read_only(bundle: T) -> T:
    """The same named tuple with views of its arrays that cannot be written to."""
    parts: list[Any] = []
    for part in bundle:
        if isinstance(part, np.ndarray):
            part = part.view()
            part.flags.writeable = False
        elif isinstance(part, tuple):
            part = read_only(part)
        parts.append(part)
    made: T = bundle._make(parts)  # type: ignore[attr-defined]
    return made
