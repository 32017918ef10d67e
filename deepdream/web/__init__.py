"""The web page: `build()` makes it, `launch_settings()` is what it is launched or mounted with."""

from deepdream.web.page import build, launch_settings, start

__all__ = ["build", "launch_settings", "start"]
