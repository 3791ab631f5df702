"""Unpack compressed responses for clients that do not accept gzip, such as curl without options."""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_GZIP = ("gzip", "x-gzip", "*")


class Unpacked:
    """ASGI middleware. Compressed responses are sent as one message, as Starlette does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or accepts_gzip(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def send_(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-encoding") == "gzip":
                    start = message
                    return
            elif start is not None:
                headers = MutableHeaders(scope=start)
                del headers["content-encoding"]
                message = {**message, "body": gzip.decompress(message["body"])}
                headers["content-length"] = str(len(message["body"]))
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, send_)


def accepts_gzip(headers: Headers) -> bool:
    """Whether a client accepts gzip, by the weights of ``Accept-Encoding``.

    >>> [accepts_gzip(Headers({"accept-encoding": a})) for a in ("br, gzip;q=0.5", "gzip;q=0", "")]
    [True, False, False]
    """
    for text in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = text.partition(";q=")
        if name.strip() in _GZIP:
            return weight.strip().rstrip("0.") != "" if weight else True
    return False
