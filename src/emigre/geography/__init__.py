"""Places, areas and the routes between places."""
