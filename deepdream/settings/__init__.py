"""Tables of settings: what a setting is, how it is checked, read and written."""
