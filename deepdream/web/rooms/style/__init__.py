"""The room Style."""
