"""Address and token of the desk."""

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Terms:
    """Address to which the desk is bound, and the required token (empty: none)."""

    host: str
    port: int
    token: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is bound to loopback only."""
        return is_loopback(self.host)

    def allows(self, host: str) -> bool:
        """Whether a Host header is allowed."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if parts.username is not None or parts.path or parts.query or port != self.port:
            return False
        if self.is_local:
            return name == "localhost" or is_loopback(name)
        return name in (self.host.lower(), "localhost") or _numeric(name) is not None


def is_loopback(host: str) -> bool:
    """Whether a numeric address, or ``localhost``, is loopback."""
    address = _numeric(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def _numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]"))
    return None
