"""From a scenario to arrays, the order of a day, and the books."""
