"""Who may ask what: Host, Origin and token checks, and the headers that bind a browser."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.problems import Problem, problem_response

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
BODY_LIMIT_BYTES = 64 * 1024
HOOKS = "/api/v1/hooks"
HOOK_LIMIT_BYTES = 25 * 1024**2  # what GitHub sends at most
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DIGITS = 18  # enough of a length to know that it is too large
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)


class Guard:
    """Refuses foreign Hosts (DNS rebinding) and Origins, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, simulated: bool) -> None:
        self.app = app
        self.hosts = LOOPBACK | hosts
        self.simulated = simulated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(raw=message["headers"]))
                message["headers"] = [*message["headers"], *_RAW]
            await send(message)

        limit = limit_of(scope["path"])
        refusal = refused(scope["method"], Headers(scope=scope), self.hosts, limit)
        app = problem_response(refusal, simulated=self.simulated) if refusal else self.app
        await app(scope, receive, with_headers)


def _without_body(send: Send) -> Send:
    """What answers a GET answers a HEAD: the same headers, and of the body nothing."""
    is_over = False

    async def headers_only(message: Message) -> None:
        nonlocal is_over
        if is_over:
            return
        is_over = message["type"] == "http.response.body"
        await send({"type": "http.response.body", "body": b""} if is_over else message)

    return headers_only


_RAW = [(name.encode(), value.encode()) for name, value in HEADERS]


def _add_headers(headers: MutableHeaders) -> None:
    headers.setdefault("cache-control", "no-cache")


def limit_of(path: str) -> int:
    """How many bytes the body of a request may have."""
    return HOOK_LIMIT_BYTES if path.startswith(f"{HOOKS}/") else BODY_LIMIT_BYTES


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `sha256=…` is the HMAC of the body, as GitHub's `X-Hub-Signature-256` has it."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.encode())


def is_token(secret: str, given: str) -> bool:
    """Whether that is the secret itself, as GitLab's `X-Gitlab-Token` has it."""
    return hmac.compare_digest(secret.encode(), given.encode())


def refused(
    method: str, headers: Headers, hosts: Iterable[str], limit: int = BODY_LIMIT_BYTES
) -> Problem | None:
    """Why a request is not even looked at; None where it may pass."""
    allowed = frozenset(hosts)
    if host_name(headers.get("host", "")) not in allowed:
        return Problem(
            421, "this server does not answer to that Host", "use the address that coevo up prints"
        )
    if method in SAFE_METHODS:
        return None
    if _length(headers) > limit:
        return Problem(413, "the body is too large")
    return _foreign(headers, allowed)


def _length(headers: Headers) -> int:
    """The bytes that a request announces; 0 where it does not say: then they are counted."""
    announced = headers.get("content-length", "")[:_DIGITS]
    return int(announced) if announced.isdecimal() else 0


def _foreign(headers: Headers, hosts: frozenset[str]) -> Problem | None:
    """A changing request from a page of another origin; commands and bots send no Origin."""
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
        return None
    parts = _split(origin or "")
    same_port = parts is not None and parts[1] == host_and_port(headers.get("host", ""))
    if parts is not None and parts[0] in hosts and same_port:
        return None
    return Problem(403, "the request comes from a page of another origin", "send it from here")


def host_name(host: str) -> str:
    """A Host header's name without its port, in lower case; "" where it is none."""
    parts = _split(f"http://{host}")
    return parts[0] if parts else ""


def host_and_port(host: str) -> str:
    """A Host header as it is compared with an Origin's."""
    return host.strip().lower()


def _split(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.netloc.lower()
    except ValueError:
        return None


def authorised(header: str | None, token: str) -> bool:
    """Whether an Authorization header carries the token; compared in constant time."""
    scheme, _, given = (header or "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        given.strip().encode(), token.encode()
    )
