"""What a FHIR search of AuditEvents asks, as a Filter. Source: FHIR R4 auditevent.html#search, search.html."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from socle.foundations.operational_security.model import Filter
from socle.kernel.audit import Action, Outcome
from socle.kernel.audit.audit_event import ACTOR_SYSTEM
from socle.kernel.fhir.temporal import interval
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.zone import ZONE

PAGE: Final = "_page"
SEARCHED: Final = ("_id", "action", "agent", "agent-name", "date", "entity", "outcome", "patient", "site")
NAMES: Final = (*SEARCHED, "agent:identifier", "_count", "_sort", PAGE)
DEFAULT_COUNT: Final = 50
MOST: Final = 500
_TICK: Final = timedelta(microseconds=1)
_EVER: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

Pairs = Sequence[tuple[str, str]]


def wanted(parameters: Pairs) -> Filter:
    """The filter that the parameters of a search describe.

    Raises: Problem(INVALID) naming the parameter that is not understood.
    """
    said: dict[str, Any] = {}
    since, until = _EVER
    for name, value in parameters:
        if name == "date":
            begin, end = _period(value)
            since, until = max(since, begin), min(until, end)
        elif name in _READERS:
            member, read = _READERS[name]
            found = read(name, value)
            if member in said and said[member] != found:
                found = _both(name, said[member], found)
            said[member] = found
    if since != _EVER[0]:
        said["since"] = since
    if until != _EVER[1]:
        said["until"] = until
    return Filter(**said)


def count(value: str | None) -> int:
    """How many traces a page may hold. Raises: Problem(INVALID)."""
    if value is None:
        return DEFAULT_COUNT
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _refused("_count", "un nombre entier", "a whole number")
    return min(max(int(value), 1), MOST)


def check_sort(value: str | None) -> None:
    """Traces come the latest first. Raises: Problem(INVALID) for any other order."""
    if value not in (None, "-date"):
        raise _refused("_sort", "-date : les traces se lisent de la plus récente à la plus ancienne", "-date")


def bad_page() -> Problem:
    """The answer to a page link that was not made here."""
    return _refused(PAGE, "un lien de page tel qu'il a été donné", "a page link as it was given")


def _period(value: str) -> tuple[datetime, datetime]:
    prefix = value[:2] if value[:2].isalpha() else "eq"
    try:
        low, high = interval(value.removeprefix(prefix) if value[:2].isalpha() else value, ZONE)
    except Problem as problem:
        raise _refused("date", "une date, par exemple ge2026-03-01", "a date, for instance ge2026-03-01") from problem
    after = high + _TICK
    periods = {
        "eq": (low, after),
        "ge": (low, _EVER[1]),
        "gt": (after, _EVER[1]),
        "sa": (after, _EVER[1]),
        "le": (_EVER[0], after),
        "lt": (_EVER[0], low),
        "eb": (_EVER[0], low),
    }
    if prefix not in periods:
        raise _refused("date", "un préfixe parmi eq ge gt le lt sa eb", "a prefix among eq ge gt le lt sa eb")
    return periods[prefix]


def _patient(name: str, value: str) -> str:
    if "," in value or not value:
        raise _refused(name, "une seule personne : Patient/1", "one person: Patient/1")
    return value if "/" in value else f"Patient/{value}"


def _actions(name: str, value: str) -> frozenset[Action]:
    try:
        return frozenset(Action(_code(each)) for each in value.split(","))
    except ValueError as error:
        raise _refused(name, "C, R, U, D ou E", "C, R, U, D or E") from error


def _outcomes(name: str, value: str) -> frozenset[Outcome]:
    try:
        return frozenset(Outcome(_code(each)) for each in value.split(","))
    except ValueError as error:
        raise _refused(name, "0, 4 ou 8", "0, 4 or 8") from error


def _agents(name: str, value: str) -> frozenset[str]:
    found = set()
    for each in value.split(","):
        system, bar, code = each.rpartition("|")
        if bar and system not in ("", ACTOR_SYSTEM):
            raise _refused(name, f"le système {ACTOR_SYSTEM}", f"the system {ACTOR_SYSTEM}")
        found.add(code)
    return frozenset(found)


def _names(name: str, value: str) -> tuple[str, ...]:
    return tuple(each for each in value.split(",") if each)


def _entities(name: str, value: str) -> frozenset[str]:
    if not all("/" in each for each in value.split(",")):
        raise _refused(name, "une référence : Observation/1", "a reference: Observation/1")
    return frozenset(value.split(","))


def _site(name: str, value: str) -> str:
    if "," in value:
        raise _refused(name, "un seul registre", "one register")
    return _code(value)


_READERS: Final[dict[str, tuple[str, Any]]] = {
    "patient": ("person", _patient),
    "action": ("actions", _actions),
    "outcome": ("outcomes", _outcomes),
    "agent": ("agents", _agents),
    "agent:identifier": ("agents", _agents),
    "agent-name": ("names", _names),
    "entity": ("entities", _entities),
    "site": ("register", _site),
}


def _code(value: str) -> str:
    return value.rpartition("|")[2]


def _both(name: str, first: Any, second: Any) -> Any:
    """A parameter given twice: both must hold. Sets of codes meet; the rest cannot be two things at once."""
    if isinstance(first, frozenset) and name != "entity" and (met := first & second):
        return met
    raise _refused(name, "une seule valeur compatible", "one compatible value")


def _refused(name: str, fr: str, en: str) -> Problem:
    text = Text(f"Le paramètre « {name} » attend {fr}.", f"The parameter “{name}” expects {en}.")
    return Problem(Kind.INVALID, Issue(text, (f"http.{name}",), "FHIR R4 search.html", "value"))
