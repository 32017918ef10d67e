"""The room Film."""
