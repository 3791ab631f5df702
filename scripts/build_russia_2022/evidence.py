"""Read the evidence and record its sources."""

import calendar
import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from scripts.scenario_tables import Cells, Row, read_rows

# Border counts of October to December 2022 are kept apart for an independent check: no row of
# flows.csv that counts passages between this day and 2023 may set a level or be fitted.
LAST_BORDER_DAY = dt.date(2022, 9, 29)


def last_day(text: str) -> dt.date:
    """Last day of a date given as YYYY, YYYY-MM or YYYY-MM-DD: nobody knew the figure earlier."""
    parts = [int(p) for p in text.split("-")]
    year = parts[0]
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return dt.date(year, month, day)


def first_day(text: str) -> str:
    """First day of a date given as YYYY, YYYY-MM or YYYY-MM-DD; empty text stays empty."""
    if not text:
        return ""
    parts = [*text.split("-"), "01", "01"]
    return "-".join(parts[:3])


def slug(text: str, length: int = 36) -> str:
    """A short name of lower-case letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:length].strip("-") or "source"


@dataclass
class Sources:
    """The rows of sources.csv that the tables name, each once."""

    rows: dict[str, Cells] = field(default_factory=dict)

    def add(self, title: str, address: str, published: str = "", note: str = "") -> str:
        """Id of the source with this title and address; a new row on first use."""
        title = title.strip()
        address = address.strip() or title
        digest = hashlib.sha256(f"{title}|{address}".encode()).hexdigest()[:4]
        name = f"{slug(title)}-{digest}"
        host = urlsplit(address).netloc.removeprefix("www.").removesuffix(":443")
        row = self.rows.setdefault(
            name,
            {
                "id": name,
                "title": title,
                "publisher": host or title.split(":")[0],
                "published": first_day(published),
                "address": address,
                "note": note,
            },
        )
        if published and not row["published"]:
            row["published"] = first_day(published)
        return name

    def named(self, name: str, title: str, publisher: str, address: str, note: str = "") -> str:
        """A source with a given name."""
        cells = {"title": title, "publisher": publisher, "address": address, "note": note}
        self.rows[name] = {"id": name, "published": "", **cells}
        return name


@dataclass(frozen=True)
class Evidence:
    """The evidence folder and the sources taken from it."""

    folder: Path
    sources: Sources
    flows: list[Row]
    policies: dict[str, Row]
    origins: list[Row]
    crossings: list[Row]
    destinations: list[Row]
    routes: list[Row]
    nodes: dict[str, Row]

    def policy_source(self, policy: str) -> str:
        """Source id of a row of policies.csv."""
        row = self.policies[policy]
        return self.sources.add(row["source_title"], row["source_url"], row["published"])

    def flow(self, series: str, start: str, end: str, value: str, crossing: str = "") -> Row:
        """The one row of flows.csv with these keys."""
        found = [
            r
            for r in self.flows
            if (r["series"], r["date_start"], r["date_end"], r["value"])
            == (series, start, end, value)
            and (not crossing or r["crossing"] == crossing)
        ]
        if not found:
            raise KeyError(f"no row of flows.csv: {series} {start} {end} {value} {crossing}")
        return found[0]

    def flow_source(self, row: Row) -> str:
        """Source id of a row of flows.csv."""
        return self.sources.add(row["source_title"], row["source_url"], row["published"])


def read_evidence(folder: Path) -> Evidence:
    """Read every evidence file; see LAST_BORDER_DAY for the part that is held out."""
    world = folder / "world"
    sources = Sources()
    for row in read_rows(Path(__file__).with_name("named_sources.csv")):
        sources.named(**row)
    return Evidence(
        folder=folder,
        sources=sources,
        flows=read_rows(folder / "flows.csv"),
        policies={r["id"]: r for r in read_rows(folder / "policies.csv")},
        origins=read_rows(world / "origins.csv"),
        crossings=read_rows(world / "crossings.csv"),
        destinations=read_rows(world / "destinations.csv"),
        routes=read_rows(world / "routes.csv"),
        nodes={r["id"]: r for r in read_rows(world / "nodes.csv")},
    )
