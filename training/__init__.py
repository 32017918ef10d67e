"""Training of the compact network: run from the repository's root, never imported by the package."""
