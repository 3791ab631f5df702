"""Parameters of the processes; schema/parameters.csv gives units, defaults and ranges."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from emigre.numerics.bundle import bundle

P = TypeVar("P")


@bundle
class DepartureParameters(NamedTuple):
    """Parameters of departures."""

    base_leaving_per_day: float
    access_weight: float
    urgency_weight: float
    patience_days: float
    willingness_spread: float


@bundle
class JourneyParameters(NamedTuple):
    """Parameters of journeys."""

    prepare_days: float
    hurry_weight: float
    travel_spread: float
    travel_shared_spread: float


@bundle
class BorderParameters(NamedTuple):
    """Parameters of borders."""

    balking_per_hour: float
    traffic_noise: float
    traffic_drift_per_day: float
    traffic_pressure_weight: float
    asylum_share: float


@bundle
class StayParameters(NamedTuple):
    """Parameters of legal status."""

    apply_per_day: float
    renew_share: float
    overstay_share: float
    claim_per_day: float
    settled_share: float


@bundle
class LivelihoodParameters(NamedTuple):
    """Parameters of livelihood."""

    savings_spread: float
    transfers_eur_per_month: float
    rooting_days: float
    root_work_weight: float
    root_language_weight: float


@bundle
class ReturnParameters(NamedTuple):
    """Parameters of returning and moving on."""

    base_returning_per_day: float
    hardship_weight: float
    rootedness_weight: float
    base_onward_per_day: float
    onward_gain_weight: float
    again_per_day: float
    threat_weight: float
    joining_per_day: float
    hazard_cap_per_day: float


@bundle
class OutlookParameters(NamedTuple):
    """Weights of the utility."""

    network_weight: float
    language_weight: float
    income_weight: float
    time_weight_per_hour: float
    wait_weight_per_hour: float
    cost_weight: float
    risk_weight: float
    distance_weight_per_ln_km: float
    floor_utility: float


@bundle
class Parameters(NamedTuple):
    """Parameters of all processes on people."""

    departures: DepartureParameters
    journeys: JourneyParameters
    borders: BorderParameters
    stays: StayParameters
    livelihood: LivelihoodParameters
    returns: ReturnParameters


def all_parameters(values: Mapping[str, float]) -> Parameters:
    """Parameters of all processes on people. Raises KeyError if one is missing."""
    return Parameters(
        *(parameters_of(kind, values) for kind in Parameters.__annotations__.values())
    )


def parameters_of(kind: type[P], values: Mapping[str, float]) -> P:
    """Fill the named tuple of parameters of a process. Raises KeyError if one is missing."""
    fields: Any = kind
    return kind(**{name: float(values[name]) for name in fields._fields})
