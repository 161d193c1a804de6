"""The paths at which load balancers check a node."""

from __future__ import annotations

# Answered for every Host header: load balancers send the IP address.
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
