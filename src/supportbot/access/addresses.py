"""Whose address a request has, when proxies stand between."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

#: One household or office has a whole IPv6 network of this length to itself, and may change address within it at will.
_IPV6_PREFIX = 64


def client_address(peer: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """Return the address of the nearest party that is not one of our proxies.

    *peer* is who connected; *forwarded_for* the X-Forwarded-For header, believed only as far as trusted networks wrote
    it: read from the right, each hop vouching for the one before. What is no address ends the reading.
    """
    at = peer
    for hop in reversed(forwarded_for.split(",")):
        found = _parsed(hop)
        if found is None or not is_trusted(at, trusted):
            break
        at = str(found)
    return at


def is_trusted(address: str, networks: Sequence[str]) -> bool:
    """Whether *address* is in one of the *networks* of our proxies."""
    found = _parsed(address)
    return found is not None and any(found in ip_network(network, strict=False) for network in networks)


def network_of(address: str) -> str:
    """Return what an address is counted as: an IPv4 address itself, an IPv6 address its /64."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _IPV6_PREFIX), strict=False))
    return address if found is None else str(found)


def is_loopback(address: str) -> bool:
    """Whether *address* is this machine's own."""
    found = _parsed(address)
    return found is not None and found.is_loopback


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address as proxies write it, with or without port, brackets and zone; IPv4 within IPv6 is IPv4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
