"""Which IP addresses belong to the public internet; the others are never connected to for a URL
that somebody typed.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Python counts these as public, or did in some release.
NOT_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "100.64.0.0/10",  # carriers' NAT, also used inside clouds
        "168.63.129.16/32",  # the host agent of every machine at Azure
        "192.0.0.0/24",  # https://github.com/python/cpython/issues/113171
        "192.88.99.0/24",  # 6to4 relays
        "2001:20::/28",  # ORCHIDv2, which are identifiers and no addresses
        "2002::/16",  # 6to4, which holds an IPv4 address
        "3fff::/20",  # documentation
    )
)
# All of the public IPv6 internet. Outside lie forms that mean an IPv4 address (::127.0.0.1,
# 64:ff9b::/96) and old private ones: https://www.iana.org/assignments/ipv6-address-space
PUBLIC_IPV6 = ip_network("2000::/3")


def parse_address(text: str) -> IPv4Address | IPv6Address:
    """Return the address, the IPv4 one of an IPv6 form of it (::ffff:127.0.0.1)."""
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address, as `parse_address` returns it, belongs to the public internet."""
    if address.version == 6 and address not in PUBLIC_IPV6:
        return False
    special = address.is_private or address.is_multicast
    return not special and not any(address in block for block in NOT_PUBLIC)
