"""Whose address a request has, when proxies stand between."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network


def client_address(peer: str, forwarded_for: str, trusted: Sequence[str]) -> str:
    """Return the address of the nearest party that is not one of our proxies.

    *peer* is who connected; *forwarded_for* the X-Forwarded-For header, believed only as far as trusted networks wrote
    it: read from the right, each hop vouching for the one before.
    """
    at = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _within(at, trusted):
            break
        at = hop
    return at


def is_loopback(address: str) -> bool:
    """Whether *address* is this machine's own."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network, strict=False) for network in networks)
