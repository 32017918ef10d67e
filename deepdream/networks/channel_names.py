"""The short names of channels, given by eye: `<network>_names.json` beside this file, {"conv4_2:17": "spiders"}."""

import functools
import json
from importlib.resources import files


@functools.cache
def channel_names(network: str) -> dict[str, str]:
    """Return the names of a network's channels, as {"conv4_2:17": "spiders"}; {} where none were given."""
    source = files("deepdream.networks") / f"{network}_names.json"
    return json.loads(source.read_text("utf-8")) if source.is_file() else {}
