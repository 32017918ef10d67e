"""The engine: a network as data, and its compiled value and gradient."""
