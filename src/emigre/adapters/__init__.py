"""Foreign formats: one package each, all giving or taking the one native shape."""
