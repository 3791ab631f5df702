"""Public statements set beside a run and beside the published counts."""
