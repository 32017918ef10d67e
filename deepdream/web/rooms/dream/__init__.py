"""The room Dream."""
