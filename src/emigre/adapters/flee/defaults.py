"""Parameters of imported conflicts: one set for all, with reasons and ranges.

Where theory or literature leaves a range open, the value is its middle: of the rules compared it
had the lowest mean ARD on the conflict left out (docs/decisions/0056-defaults-for-new-conflicts.md,
benchmarks/camp_defaults.py). Parameters that are not named keep the model's default.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from emigre import schema
from emigre.adapters.flee import conflict_drivers, people, places
from emigre.adapters.flee.plan import Plan
from emigre.adapters.flee.relocation import relocation_rate


@dataclass(frozen=True, slots=True)
class Default:
    """Value of a parameter, its reason, and its range if it is uncertain."""

    value: float
    reason: str
    range: tuple[float, float] | None = None


def _middle(low: float, high: float, reason: str) -> Default:
    return Default((low + high) / 2.0, f"{reason}; the middle of {low:g} to {high:g}", (low, high))


PARAMETERS: Mapping[str, Default] = {
    "distance_weight_per_ln_km": _middle(0.5, 1.5, "inverse distance (Zipf 1946)"),
    "great_circle_share": Default(1.0, "roads in a folder are a selection, and people walk"),
    "access_weight": _middle(
        1.0, 2.0, "1: people far from camps go elsewhere; 2: fewer of them leave as well"
    ),
    "room_weight": _middle(0.3, 1.0, "the free places of a camp attract"),
    "free_share_weight": _middle(0.0, 1.0, "a camp attracts less as it fills"),
    "network_weight": _middle(0.0, 0.2, "small, because capacities tell the size of a camp"),
    "time_weight_per_hour": Default(0.0, "distances alone are known"),
    "wait_weight_per_hour": Default(0.0, "no queues are known"),
    "cost_weight": Default(0.0, "no fares are known"),
    "urgency_weight": Default(0.0, "closures are not announced"),
    "floor_utility": Default(-40.0, "below the utility of the farthest camp"),
    "prepare_days": Default(0.1, "counts are dated by registration: people set out on that day"),
    "base_leaving_per_day": Default(
        1e-5, "only its ratio between places matters where departures are given"
    ),
    "base_returning_per_day": Default(0.0, "the registered total never falls"),
    "base_onward_per_day": _middle(0.0, 0.002, "relocation between camps"),
    "onward_gain_weight": Default(0.3, "the model's default: better camps draw more"),
    "asylum_share": Default(0.0, "registration is the status"),
    "apply_per_day": Default(0.0, "registration is the status"),
    "joining_per_day": Default(0.0, "one party a person"),
    "again_per_day": Default(0.0, "people who return are counted as newly registered"),
}

NETWORK_WITHOUT_LIMITS = _middle(0.1, 0.5, "no camp has a known size: its people replace it")
"""``network_weight`` where no camp has a limit."""


def _raised(default: Default, rate: float) -> Default:
    low, high = default.range or (default.value, default.value)
    reason = f"{default.reason}, and {rate:.2g} by capacities beyond everybody registered"
    value = float(f"{default.value + rate:.3g}")
    return Default(value, reason, (low + rate, high + rate))


def parameters(plan: Plan) -> dict[str, Default]:
    """Parameters of a scenario, by name."""
    values = dict(PARAMETERS)
    if not any(places.capacity_of(plan, camp) for camp in plan.conflict.camps):
        values["network_weight"] = NETWORK_WITHOUT_LIMITS
    if plan.is_forecast:
        reason = "the shares of the last weeks are net of relocation"
        values["base_onward_per_day"] = Default(0.0, reason)
    elif moved := relocation_rate(plan):
        values["base_onward_per_day"] = _raised(values["base_onward_per_day"], moved)
    if plan.totals_given:
        reason = "everybody who leaves is in the given departures: nobody gives up"
        values["patience_days"] = Default(3650.0, reason)
    if plan.base is not None:
        reason = "as many leave as were newly registered in the last four weeks"
        values["base_leaving_per_day"] = Default(float(f"{plan.base:.6g}"), reason)
    falls = people.returns(plan) if plan.totals_given else []
    if falls:
        reason = "raised and lowered by the pressures fewer_registered, as the total falls"
        values["base_returning_per_day"] = Default(conflict_drivers.RETURNING, reason)
        highest = max(hazard for _, _, hazard in falls) + values["base_onward_per_day"].value
        cap = min(max(schema.parameters()["hazard_cap_per_day"].default, highest), 1.0)
        values["hazard_cap_per_day"] = Default(float(f"{cap:.6g}"), "no fall of the total is cut")
    return values
