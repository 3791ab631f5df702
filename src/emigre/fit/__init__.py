"""Parameters from published counts: priors, targets, a sampler, and whether to believe it."""

from emigre.fit.posterior import Posterior, PosteriorInfo
from emigre.fit.priors import Prior, Priors, priors_of
from emigre.fit.sampler import Simulate, fit
from emigre.fit.targets import Targets, targets_of

__all__ = [
    "Posterior",
    "PosteriorInfo",
    "Prior",
    "Priors",
    "Simulate",
    "Targets",
    "fit",
    "priors_of",
    "targets_of",
]
