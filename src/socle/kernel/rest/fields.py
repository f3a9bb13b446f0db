"""Header fields that FHIR uses, read and written. Sources: RFC 9110, RFC 7240; FHIR R4 http.html."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from socle.kernel.outcome import Kind, Language, Problem

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST: Final = 1_000  # characters of a header worth reading


class Prefer(NamedTuple):
    """What the caller prefers. `returns` is "" when nothing was said; `later`: an answer now, the result later."""

    returns: Literal["", "minimal", "representation", "OperationOutcome"] = ""
    lenient: bool = False
    later: bool = False


@lru_cache(maxsize=256)
def prefer(value: str) -> Prefer:
    """The preferences in a Prefer header; those we do not know are ignored, as RFC 7240 asks."""
    returns: Literal["", "minimal", "representation", "OperationOutcome"] = ""
    lenient = later = False
    for part in value[:_LONGEST].replace(";", ",").split(","):
        name, _, said = part.strip().partition("=")
        said = said.strip().strip('"')
        if name.lower() == "return":
            if said == "minimal":
                returns = "minimal"
            elif said == "representation":
                returns = "representation"
            elif said == "OperationOutcome":
                returns = "OperationOutcome"
        elif name.lower() == "handling":
            lenient = said == "lenient"
        elif name.lower() == "respond-async":
            later = True
    return Prefer(returns, lenient, later)


def weighted(value: str) -> list[tuple[str, dict[str, str], float]]:
    """A list header with q-values (Accept, Accept-Encoding, Accept-Language): (item, parameters, q), best first.

    An unreadable q counts as 0: what is not understood is not assumed to be wanted.
    """
    items: list[tuple[str, dict[str, str], float]] = []
    for part in value[:_LONGEST].split(","):
        name, *rest = (piece.strip() for piece in part.split(";"))
        if not name:
            continue
        q, parameters = 1.0, {}
        for piece in rest:
            key, _, said = piece.partition("=")
            key, said = key.strip().lower(), said.strip().strip('"')
            if key == "q":
                try:
                    q = float(said)
                except ValueError:
                    q = 0.0
            elif key:
                parameters[key] = said
        items.append((name.lower(), parameters, q if 0.0 <= q <= 1.0 else 0.0))
    items.sort(key=lambda item: -item[2])
    return items


@lru_cache(maxsize=256)
def language(value: str) -> Language:
    """The language to speak, from Accept-Language: French unless English is preferred to it."""
    for name, _, q in weighted(value):
        if q > 0 and name.split("-")[0] in ("fr", "en"):
            return "en" if name.startswith("en") else "fr"
    return "fr"


@lru_cache(maxsize=256)
def accepts_gzip(value: str) -> bool:
    """Whether Accept-Encoding takes gzip."""
    said = {name: q for name, _, q in weighted(value)}
    return said.get("gzip", said.get("*", 0.0)) > 0


def etag(version: int) -> str:
    """The weak entity tag of a version. Source: FHIR R4 http.html#versioning."""
    return f'W/"{version}"'


def version_of(value: str) -> int:
    """The version that an If-Match header names: W/"3", "3" or 3; 0 when it can be no version of ours.

    Raises: Problem(INVALID) when it is no entity tag.
    """
    said = value.strip().removeprefix("W/")
    if said == "*":  # HTTP's "whatever it is": FHIR has no use for it
        raise Problem.of(
            Kind.INVALID,
            'If-Match: * n\'est pas offert : nommez la version attendue, par exemple W/"3".',
            'If-Match: * is not offered: name the version expected, for instance W/"3".',
            rule="FHIR R4 http.html#concurrency",
        )
    if len(said) >= 2 and said[0] == said[-1] == '"':
        said = said[1:-1]
    if '"' in said or "," in said:
        raise Problem.of(
            Kind.INVALID,
            'If-Match attend une seule étiquette de version, par exemple W/"3".',
            'If-Match expects a single version tag, for instance W/"3".',
            rule="FHIR R4 http.html#concurrency",
        )
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        return 0
    return int(said)


def matches(value: str, version: int) -> bool:
    """Whether an If-None-Match header names `version` (or any, by *)."""
    tags = [tag.strip().removeprefix("W/") for tag in value[:_LONGEST].split(",")]
    return "*" in tags or f'"{version}"' in tags


def http_date(at: datetime) -> str:
    """A moment as HTTP writes it: "Sun, 22 Nov 2026 20:00:00 GMT" (the locale has no say)."""
    return _second(int(at.timestamp()))


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def parse_http_date(value: str) -> datetime | None:
    """The moment that a date header names, None when it is unreadable (RFC 9110: then it is ignored)."""
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
