"""Objectives: what a dream makes larger. `algebra` is how they add, `terms` the values, `aims` reads
them from a recipe."""
