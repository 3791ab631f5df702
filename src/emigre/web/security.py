"""Request checks and security headers, applied before the application.

* Host: must be a name the desk is bound to or a numeric address (against DNS rebinding).
* Origin and Sec-Fetch-Site: only the desk's own pages may send requests that change state.
* Token: the desk requires a token, sent once in the URL and then kept in an HttpOnly cookie. On
  loopback it can be switched off, which gives access to every account of the machine.
* Size: requests are limited to ``MOST_BYTES``, those with a table or a scenario to ``MOST_UPLOAD``.
* Responses carry a content security policy that forbids everything that the pages do not need.
"""

import re
import secrets
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emigre.report.page import environment
from emigre.web.terms import Terms

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


class Guard:
    """ASGI middleware that checks every request."""

    def __init__(self, app: ASGIApp, terms: Terms) -> None:
        self.app, self.terms = app, terms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle or refuse a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, send = Request(scope), _with_headers(send)
        try:
            self._check(request)
            answer = self._let_in(request)
            if answer is None:
                await self.app(scope, _Counted(receive, _size_limit(request)), send)
                return
        except HTTPException as error:
            answer = _refusal(error)
        await answer(scope, receive, send)

    def _check(self, request: Request) -> None:
        headers = request.headers
        check_headers(headers)
        host = headers.get("host", "")
        if not self.terms.allows(host):
            raise HTTPException(421, "Host name not allowed.")
        most = _size_limit(request)
        if int(headers.get("content-length") or 0) > most:
            raise HTTPException(413, _too_large(most))
        if request.method in _SAFE:
            return
        if request.method != "POST":
            raise HTTPException(405, "Only GET, HEAD and POST are allowed.")
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise HTTPException(403, "Cross-site request refused.")
        if headers.get("origin", f"http://{host}").lower() != f"http://{host}".lower():
            raise HTTPException(403, "Cross-site request refused.")

    def _let_in(self, request: Request) -> Response | None:
        """A redirect that keeps the token of the URL in a cookie; None if the cookie holds it."""
        token = self.terms.token
        if not token:
            return None
        name = f"{COOKIE}-{self.terms.port}"  # cookies are shared between all ports of a host
        given = request.query_params.get("token")
        if given is not None and request.method in _SAFE:
            if not secrets.compare_digest(given.encode(), token.encode()):
                raise HTTPException(403, "The token in the URL is not valid for this desk.")
            asked = request.query_params.multi_items()
            rest = urlencode([(key, value) for key, value in asked if key != "token"])
            # A path that starts with two slashes would lead to another host.
            address = "/" + request.scope["path"].lstrip("/\\") + (f"?{rest}" if rest else "")
            cookie = f"{name}={token}; Path=/; HttpOnly; SameSite=Strict"
            return RedirectResponse(address, 303, {"set-cookie": cookie})
        kept = request.cookies.get(name, "")
        if not secrets.compare_digest(kept.encode(), token.encode()):
            words = "Open the URL with the token that the desk printed."
            raise HTTPException(403, f"{words} Then go back: your changes are in the URL.")
        return None


class _Counted:
    """Wrap a request body to raise an error when it exceeds the limit."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.most, self.seen = receive, most, 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.most:
            raise HTTPException(413, _too_large(self.most))
        return message


def _size_limit(request: Request) -> int:
    return MOST_UPLOAD if _UPLOADS.fullmatch(request.scope["path"]) else MOST_BYTES


def _refusal(error: HTTPException) -> Response:
    """The response to a refused request; a page with a way back if it was too large."""
    if error.status_code != 413:
        return PlainTextResponse(error.detail, error.status_code)
    page = environment("emigre.web").get_template("error.html.j2")
    return HTMLResponse(page.render(words=error.detail, mistakes=()), error.status_code)


def _too_large(most: int) -> str:
    return f"Too large: the desk accepts at most {most // 1_000_000} MB here."


def check_headers(headers: Headers) -> None:
    """HTTPException for headers that two programs could read differently."""
    if any(len(headers.getlist(name)) > 1 for name in ("host", "origin", "content-length")):
        raise HTTPException(400, "Duplicate header.")
    if not (headers.get("content-length") or "0").isdecimal():
        raise HTTPException(400, "Content-Length is not a number.")


def _with_headers(send: Send) -> Send:
    async def send_(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return send_
