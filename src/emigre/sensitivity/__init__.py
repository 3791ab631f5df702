"""Sensitivity analysis: the parameters that affect a chosen number."""

from emigre.sensitivity.effects import Effect
from emigre.sensitivity.study import Figure, Sensitivity, Settings, sensitivity

__all__ = ["Effect", "Figure", "Sensitivity", "Settings", "sensitivity"]
