"""Sensitivity analysis: the parameters that affect a chosen number."""
