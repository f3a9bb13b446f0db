"""The first steps, the same for every request: `limits`, `parse`, `identify`."""

import re
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from itertools import count
from secrets import token_hex
from typing import Final
from urllib.parse import parse_qsl

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.rest.exchange import Exchange, Presented, Way
from socle.kernel.rest.permit import CHALLENGE
from socle.kernel.store.actors import KEY_PREFIX

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_PROCESS: Final = token_hex(4)  # identifiers of requests need to be unique, not secret
_COUNT: Final = count(1)
# A request that carries one of these may be answered otherwise than the next.
_OWN: Final = frozenset(
    ("cookie", "expect", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
     "transfer-encoding", "upgrade", "x-socle-purpose")
)  # fmt: skip
_SAFE: Final = ("GET", "HEAD")


def limits(x: Exchange) -> None:
    """Refuse what is too large to be read at all.

    Raises: Problem(URL_TOO_LONG | HEADERS_TOO_LARGE | TOO_LARGE | MALFORMED).
    """
    scope, bounds = x.scope, x.server.settings.limits
    long = len(scope["path"]) + len(scope["query_string"]) > bounds.url
    known = scope.get("known")
    if known:
        x.known = known.get(x.server)
        if x.known is not None:
            x.headers = x.known.headers
            x.request = next_request()
            if long:
                raise _too_long(bounds.url)
            length: bytes | None = scope.get("length")
            if length is not None:
                text = length.decode("latin-1")
                x.headers = {**x.headers, "content-length": text}
                _announced(text, bounds.body)
            return
    pairs: list[tuple[bytes, bytes]] = scope["headers"]
    if len(pairs) > bounds.headers:
        raise Problem.of(
            Kind.HEADERS_TOO_LARGE,
            f"La requête porte plus de {bounds.headers} en-têtes.",
            f"The request carries more than {bounds.headers} header fields.",
        )
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) != len(pairs):
        headers = {}
        for name, value in pairs:
            key = name.decode("latin-1")
            headers[key] = f"{headers[key]}, {value.decode('latin-1')}" if key in headers else value.decode("latin-1")
    condition = headers.get("if-none-exist")
    if condition is not None and not condition.isascii():
        headers["if-none-exist"] = _written(condition)
    x.headers = headers
    given = headers.get("x-request-id")
    x.request = given if given is not None and _REQUEST_ID.fullmatch(given) else next_request()
    if long:  # told once the language of whoever asks is known
        raise _too_long(bounds.url)
    if "content-length" in headers:
        _announced(headers["content-length"], bounds.body)


def _too_long(most: int) -> Problem:
    return Problem.of(
        Kind.URL_TOO_LONG,
        f"L'adresse dépasse {most} octets : utilisez POST [type]/_search pour une longue recherche.",
        f"The URL is longer than {most} octets: use POST [type]/_search for a long search.",
    )


def _written(condition: str) -> str:
    """Criteria in a header, whose octets were read one by one: UTF-8 when they are, as most clients send them."""
    try:
        return condition.encode("latin-1").decode()
    except UnicodeDecodeError:
        return condition


def next_request() -> str:
    """The identifier of a request that brings none."""
    return f"{_PROCESS}-{next(_COUNT):x}"


def _announced(length: str, most: int) -> None:
    """Refuse a body that is announced as larger than `most` octets, or whose length is no number."""
    if not (length.isascii() and length.isdigit()):
        raise Problem.of(Kind.MALFORMED, "Content-Length est illisible.", "Content-Length is unreadable.")
    if len(length) > 18 or int(length) > most:
        raise too_large(most)


def too_large(octets: int) -> Problem:
    """The answer to a body beyond the limit. The rest of it is not read: the connection ends."""
    return Problem.of(
        Kind.TOO_LARGE,
        f"Le corps de la requête dépasse {octets} octets : découpez-le en plusieurs requêtes.",
        f"The body of the request is longer than {octets} octets: split it into several requests.",
    )


def parse(x: Exchange) -> None:
    """Where the request came to, and the parameters of its URL.

    Raises: Problem(MALFORMED | TOO_COSTLY).
    """
    if x.known is not None:
        _, x.base, x.source, x.prefer, _ = x.known
    else:
        _present(x)
    raw = x.scope["query_string"]
    if raw:
        x.query = raw.decode("latin-1")
        x.parameters = form(x, x.query)


def _present(x: Exchange) -> None:
    """Read what the headers say; remember it for the requests of the connection that say the same."""
    settings = x.server.settings
    scope, headers = x.scope, x.headers
    client = scope.get("client")
    x.source = client[0] if client else ""
    if settings.trust_forwarded:
        x.source = headers.get("x-forwarded-for", x.source).rpartition(",")[2].strip()[:100]
    if settings.url:
        x.base = settings.url + x.server.endpoint.base
    else:
        scheme, host = scope.get("scheme", "http"), headers.get("host", "")
        if settings.trust_forwarded:
            scheme = "https" if headers.get("x-forwarded-proto", scheme).strip() == "https" else "http"
            host = headers.get("x-forwarded-host", host).strip()
        if not _HOST.fullmatch(host):
            raise Problem.of(Kind.MALFORMED, "L'en-tête Host est absent ou illisible.", "Host is absent or unreadable.")
        x.base = f"{scheme}://{host}{x.server.endpoint.base}"
    x.read_preferences()
    known = scope.get("known")
    if known is not None and "x-request-id" not in headers:
        lasting = {name: value for name, value in headers.items() if name != "content-length"}
        known[x.server] = Presented(lasting, x.base, x.source, x.prefer, _way(x, lasting))


def _way(x: Exchange, headers: Mapping[str, str]) -> Way | None:
    if not x.server.keeps or x.server.endpoint.key_header in headers or not _OWN.isdisjoint(headers):
        return None
    return headers.get("accept", ""), headers.get("accept-encoding", "")


def form(x: Exchange, text: str) -> list[tuple[str, str]]:
    """The name=value pairs of a query string or of a form.

    Raises: Problem(MALFORMED) when it is not UTF-8, Problem(TOO_COSTLY) when there are too many pairs.
    """
    most = x.server.settings.limits.parameters
    if text.count("&") >= most:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"La requête porte plus de {most} paramètres.",
            f"The request has more than {most} parameters.",
        )
    try:
        pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError as error:
        raise no_utf_8() from error
    if any("\x00" in value or "\x00" in name for name, value in pairs):
        raise Problem.of(
            Kind.MALFORMED, "Un paramètre contient le caractère nul.", "A parameter contains the null character."
        )
    return pairs


def no_utf_8() -> Problem:
    """The answer to parameters in another encoding: which letters they mean, nobody can tell."""
    return Problem.of(
        Kind.MALFORMED,
        "Les paramètres ne sont pas de l'UTF-8 encodé en pourcents.",
        "The parameters are not percent-encoded UTF-8.",
    )


async def identify(x: Exchange) -> None:
    """Who is asking.

    A cookie proves somebody only for what cannot change anything, or when the browser says that our own page asks:
    another site cannot make a visitor's browser write here.

    Raises: Problem(UNAUTHENTICATED) when what is presented proves nobody.
    """
    headers = x.headers
    presented = headers.get(x.server.endpoint.key_header) if x.server.endpoint.key_header else None
    if presented is not None and "authorization" not in headers:
        if not presented.startswith(KEY_PREFIX):
            name = x.server.endpoint.key_header.upper()
            raise Problem(
                Kind.UNAUTHENTICATED,
                Issue(
                    Text(
                        f"L'en-tête {name} ne contient pas une clé de la maison : attendu « {KEY_PREFIX}… ».",
                        f"The header {name} holds no key of the house: expected “{KEY_PREFIX}…”.",
                    ),
                    rule="SOCLE-KEY",
                ),
                headers=(CHALLENGE,),
            )
        headers = {**headers, "authorization": f"Bearer {presented}"}
    cookies: dict[str, str] = {}
    text = headers.get("cookie")
    if text is not None and (x.method in _SAFE or headers.get("sec-fetch-site") == "same-origin"):
        try:
            cookies = {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        except CookieError:
            cookies = {}
    x.actor = await x.server.authenticator.identify(headers, cookies)
