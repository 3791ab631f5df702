"""Request checks and security headers, applied before the application.

* Host: must be a name the desk is bound to or a numeric address (against DNS rebinding).
* Origin and Sec-Fetch-Site: only the desk's own pages may send requests that change state.
* Token: the desk requires a token, sent once in the URL and then kept in an HttpOnly cookie. On
  loopback it can be switched off, which gives access to every account of the machine.
* Size: requests are limited to ``MOST_BYTES``, those with a table or a scenario to ``MOST_UPLOAD``.
* Responses carry a content security policy that forbids everything that the pages do not need.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 2_000_000
"""Largest request in bytes; a variant file has a few thousand."""
MOST_UPLOAD = 25_000_000
"""Largest request that may hold a table or a scenario (:data:`_UPLOADS`)."""
_UPLOADS = re.compile(r"/new/upload|/scenarios/[^/]+/(tables/[^/]+|import)")
COOKIE = "emigre-desk"
_SAFE = ("GET", "HEAD")

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # no-referrer would strip the Origin header from forms
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers of every response."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Where the desk is bound and the required token (empty: none)."""

    host: str
    port: int
    token: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it is bound to loopback only."""
        return is_loopback(self.host)

    def takes(self, host: str) -> bool:
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
        return name in (self.host.lower(), "localhost") or _is_number(name)


class RefusedError(Exception):
    """A refused request: status and message."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Guard:
    """ASGI middleware that checks every request."""

    def __init__(self, app: App, terms: Terms) -> None:
        self.app, self.terms = app, terms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle or refuse a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            headers = _headers(scope)
            self._check(scope, headers)
            address = self._with_token(scope, headers)
        except RefusedError as refused:
            await _respond(send, refused.status, refused.words)
            return
        if address is not None:
            await self._let_in(send, address)
            return
        read = _Counted(receive, _size_limit(scope))
        try:
            await self.app(scope, read, _with_headers(send))
        except RefusedError as refused:
            await _respond(send, refused.status, refused.words)

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if not self.terms.takes(host):
            raise RefusedError(421, "Host name not allowed.")
        most = _size_limit(scope)
        if int(headers.get("content-length") or 0) > most:
            raise RefusedError(413, f"Request larger than {most:,} bytes.")
        if scope["method"] in _SAFE:
            return
        if scope["method"] != "POST":
            raise RefusedError(405, "Only GET, HEAD and POST are allowed.")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise RefusedError(403, "Cross-site request refused.")
        if headers.get("origin", f"http://{host}").lower() != f"http://{host}".lower():
            raise RefusedError(403, "Cross-site request refused.")

    def _with_token(self, scope: Scope, headers: dict[str, str]) -> str | None:
        """The URL without its token, to redirect to; None if the cookie holds the token."""
        token = self.terms.token
        if not token:
            return None
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(asked).get("token")
        if given is not None and scope["method"] in _SAFE:
            if not secrets.compare_digest(given.encode(), token.encode()):
                raise RefusedError(403, "The token in the URL is not valid for this desk.")
            rest = urlencode([(name, value) for name, value in asked if name != "token"])
            # A path that starts with two slashes would lead to another host.
            return "/" + str(scope["path"]).lstrip("/\\") + (f"?{rest}" if rest else "")
        kept = _cookie(headers.get("cookie", ""), self._cookie_name)
        if not secrets.compare_digest(kept.encode(), token.encode()):
            words = "Open the URL with the token that the desk printed."
            raise RefusedError(403, f"{words} Then go back: your changes are in the URL.")
        return None

    @property
    def _cookie_name(self) -> str:
        # Cookies are shared between all ports of a host.
        return f"{COOKIE}-{self.terms.port}"

    async def _let_in(self, send: Send, address: str) -> None:
        cookie = f"{self._cookie_name}={self.terms.token}; Path=/; HttpOnly; SameSite=Strict"
        await _respond(send, 303, "", {"location": _ascii(address), "set-cookie": cookie})


class _Counted:
    """Wrap a request body to raise an error when it exceeds the limit."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most, self.seen = receive, most, 0

    async def __call__(self) -> MutableMapping[str, Any]:
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise RefusedError(413, f"Request larger than {self.most:,} bytes.")
        return message


def _size_limit(scope: Scope) -> int:
    return MOST_UPLOAD if _UPLOADS.fullmatch(str(scope["path"])) else MOST_BYTES


def is_loopback(host: str) -> bool:
    """Whether a numeric address, or ``localhost``, is loopback."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        if key in headers and key in ("host", "origin", "content-length"):
            raise RefusedError(400, "Duplicate header.")
        headers[key] = value.decode("latin-1")
    if not (headers.get("content-length") or "0").isdecimal():
        raise RefusedError(400, "Content-Length is not a number.")
    return headers


def _cookie(text: str, name: str) -> str:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return next((value for key, _, value in pairs if key == name), "")


def _ascii(address: str) -> str:
    return "".join(c if " " < c <= "~" else "" for c in address)


def _with_headers(send: Send) -> Send:
    async def send_(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_encoded(HEADERS)]
        await send(message)

    return send_


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _respond(send: Send, status: int, words: str, more: dict[str, str] | None = None) -> None:
    headers = HEADERS | {"content-type": "text/plain; charset=utf-8"} | (more or {})
    start = {"type": "http.response.start", "status": status, "headers": _encoded(headers)}
    await send(start)
    await send({"type": "http.response.body", "body": words.encode()})
