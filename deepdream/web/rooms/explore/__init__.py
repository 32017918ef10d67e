"""The room Explore."""
