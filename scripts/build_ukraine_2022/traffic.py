"""traffic.csv: ordinary travellers."""

from scripts.scenario_tables import ESTIMATE, Cells

from .world import crossings_into


def build_traffic() -> list[Cells]:
    """Ordinary travellers into the western neighbours: levels before and during the war."""
    rows: list[Cells] = []
    calm = {"PL": 15000.0, "SK": 2400.0, "HU": 10000.0, "RO": 4600.0, "MD": 3000.0}
    for country, level in calm.items():
        gates = [x for x in crossings_into(country) if "RAIL" not in x]
        for x in gates:
            for start, end, share, why in (
                ("", "2022-02-26", 1.0, "half of the count of the first day"),
                ("2022-02-26", "", 0.2, "lorry drivers and aid workers"),
            ):
                rows.append({
                    "id": f"{x.lower()}-{start or 'start'}", "crossing": x, "nationality": "UA",
                    "document": "biometric_passport", "from": start, "to": end,
                    "persons_per_day": round(level * share / len(gates)), "level_sd": 0.4,
                    "published": start or "2022-02-24", "basis": "estimate",
                    "source": ESTIMATE, "note": f"Order of magnitude: {why}.",
                })  # fmt: skip
    return rows
