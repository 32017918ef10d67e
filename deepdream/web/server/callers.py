"""Who calls, and by which name: what a request says of itself is believed from a trusted proxy alone.

A page in somebody's browser may come from anywhere. One that has its own name point to this machine (DNS rebinding)
calls us by that name, so only names that the owner gave are answered; a number cannot be taken over in that way. One
that calls us by our own name or number is told by its Origin.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Callers:
    """Say who may call.

    names: under which the page may be called, besides the loopback's and any number; "*.example.org" takes in every
    name below it, "*" every name. proxies: addresses or networks of the proxies in front, whose X-Forwarded headers
    count. frames: the pages that may show this one in a frame, as Content-Security-Policy writes them.
    """

    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    frames: tuple[str, ...] = ("'self'",)

    def knows(self, host: str) -> bool:
        """Say whether the page may be called by what a Host header says."""
        name = _bare(host)
        return name in LOOPBACK or _is_number(name) or any(_matches(name, each.lower()) for each in self.names)

    def welcomes(self, origin: str | None, host: str) -> bool:
        """Say whether a script of the page at `origin` may call: one of this page itself, or no script at all.

        The port counts too, but not the scheme: behind a proxy that speaks TLS we see http.
        """
        if origin is None:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False

    def trusts(self, address: str) -> bool:
        """Say whether a request from this address comes through a proxy of ours."""
        return any(_lies_in(address, each) for each in self.proxies)

    def caller(self, address: str, headers: Mapping[str, str]) -> str:
        """Return who calls, as something to count by: an address, of version 6 the network of one household.

        `headers` are by lower-case names. Of X-Forwarded-For the last entry counts that is no proxy of ours, with or
        without a port: those before it were written by the caller.
        """
        if self.trusts(address):
            hops = map(_without_port, headers.get("x-forwarded-for", "").split(","))
            hop = next((hop for hop in reversed([*hops]) if not self.trusts(hop)), "")
            address = hop if _is_number(hop) else address
        if ":" in address and _is_number(address):
            mapped = ipaddress.IPv6Address(address).ipv4_mapped
            return str(mapped) if mapped else str(ipaddress.ip_network(f"{address}/64", strict=False))
        return address


def is_network(text: str) -> bool:
    """Say whether a text is an address or a network, as 10.0.0.0/8."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _bare(host: str) -> str:
    """Return the name or number in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _without_port(hop: str) -> str:
    hop = hop.strip()
    return _bare(hop) if hop.startswith("[") or hop.count(":") == 1 else hop


def _matches(name: str, pattern: str) -> bool:
    return pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _lies_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return address == network
