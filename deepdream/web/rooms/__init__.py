"""The rooms of the page, a folder each, and what they share."""
