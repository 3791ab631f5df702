"""A scenario: a folder of tables that says everything about one world, read and checked."""
