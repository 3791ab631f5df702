"""Scenarios: load, validate, patch and write folders of tables."""
