"""Places, areas and the ways between places."""
