"""Calibration to published counts: priors, targets, sampler, diagnostics."""

from emigre.calibration.posterior import Posterior, PosteriorInfo
from emigre.calibration.sampler import Simulate, fit
from emigre.calibration.scenario_fit import FitSettings
from emigre.calibration.targets import Targets, targets_of
from emigre.scenario.priors import Prior, Priors, priors_of

__all__ = [
    "FitSettings",
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
