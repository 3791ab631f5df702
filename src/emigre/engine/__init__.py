"""Engine: compile a scenario into arrays, simulate its days and keep the accounts."""
