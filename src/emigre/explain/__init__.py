"""Why two runs or scenarios differ in a number: what changed, and the part of each change."""
