"""Parameters from published counts: priors, targets, a sampler, and whether to believe it."""

from emigre.fit.of_scenario import Settings, fit_scenario
from emigre.fit.posterior import Posterior, PosteriorInfo
from emigre.fit.priors import Prior, Priors, priors_of
from emigre.fit.sampler import Simulate, fit
from emigre.fit.targets import Targets, targets_of

__all__ = [
    "Posterior",
    "PosteriorInfo",
    "Prior",
    "Priors",
    "Settings",
    "Simulate",
    "Targets",
    "fit",
    "fit_scenario",
    "priors_of",
    "targets_of",
]
