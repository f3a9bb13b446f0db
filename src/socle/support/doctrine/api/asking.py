"""What a request asks: declared parameters, each read once; what is not declared is refused, never passed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.doctrine.model import Addressee, Edition, Force, Users
from socle.support.doctrine.rules.applies import Who
from socle.support.doctrine.rules.entries import EVERY_PUBLISHER, PUBLISHERS
from socle.support.doctrine.rules.fields import last_day, partial_date
from socle.support.doctrine.rules.words import REGIONS

RULE = "doctrine"
LONGEST = 200  # characters of a question
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter. `many`: it may be given several times, and any of its values will do."""

    name: str
    text: Text
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    many: bool = False
    required: bool = False


class Query:
    """The parameters of one request, checked against those declared."""

    def __init__(self, sent: Sequence[tuple[str, str]], declared: Sequence[Parameter]) -> None:
        """Raises: Problem(INVALID) naming each parameter that is unknown, doubled or missing."""
        self._values: dict[str, list[str]] = {}
        for name, value in sent:
            if value.strip():
                self._values.setdefault(name, []).append(value.strip())
        known = {parameter.name: parameter for parameter in declared}
        names = ", ".join(known)
        issues = [
            _issue(
                name,
                f"Le paramètre « {name[:60]} » n'existe pas ici. "
                + (f"Paramètres : {names}." if names else "Il n'y en a aucun."),
                f"There is no parameter “{name[:60]}” here. "
                + (f"Parameters: {names}." if names else "There is none."),
            )
            for name in dict.fromkeys(name for name, _ in sent)
            if name not in known
        ]
        issues += [
            _issue(name, f"Le paramètre « {name} » est donné deux fois.", f"Parameter “{name}” is given twice.")
            for name, values in self._values.items()
            if name in known and len(values) > 1 and not known[name].many
        ]
        issues += [
            _issue(name, f"Le paramètre « {name} » est attendu.", f"Parameter “{name}” is expected.")
            for name, parameter in known.items()
            if parameter.required and name not in self._values
        ]
        if issues:
            raise Problem(Kind.INVALID, *issues)

    def one(self, name: str) -> str:
        """The value of a parameter, "" when it is not given."""
        return self._values.get(name, [""])[0]

    def each(self, name: str, read: Callable[[str], tuple[Any, ...]]) -> frozenset[Any]:
        """Every value of a parameter, as `read` understands it."""
        return frozenset(one for value in self._values.get(name, ()) for one in read(value))


def who(query: Query, edition: Edition) -> Who:
    """Who asks, from the filters. Raises: Problem(INVALID) for a value that is not understood."""
    chapters = tuple(edition.chapter_by_id)
    return Who(
        addressees=query.each("actor", _addressees),
        users=query.each("users", lambda value: (_among("users", value, Users),)),
        region=_known("region", query.one("region"), tuple(REGIONS)),
        force=_among("force", query.one("force"), Force) if query.one("force") else None,
        chapters=query.each("chapter", lambda value: (_known("chapter", value, chapters),)),
        by=_day("date", query.one("date")),
    )


def question(query: Query) -> str:
    """The words looked for. Raises: Problem(INVALID) when they are too many."""
    text = query.one("q")
    if len(text) > LONGEST:
        raise _wrong("q", f"plus de {LONGEST} caractères.", f"more than {LONGEST} characters.")
    return text


def _addressees(value: str) -> tuple[Addressee, ...]:
    return PUBLISHERS if value == EVERY_PUBLISHER else (_among("actor", value, Addressee),)


def _among(name: str, value: str, kind: type[Choice]) -> Choice:
    return kind(_known(name, value, tuple(member.value for member in kind)))


def _known(name: str, value: str, values: Sequence[str]) -> str:
    if value and value not in values:
        there = ", ".join(values)
        raise _wrong(
            name, f"« {value[:60]} » est inconnu ; attendu : {there}.", f"“{value[:60]}” is unknown; expected: {there}."
        )
    return value


def _day(name: str, value: str) -> date | None:
    """The last day that a partial date may mean: what is due in 2027 is due by its end."""
    if not value:
        return None
    found = partial_date(value)
    if found is None:
        raise _wrong(
            name,
            f"« {value[:60]} » n'est pas une date ; attendu : 2027, 2027-03 ou 2027-03-26.",
            f"“{value[:60]}” is not a date; expected: 2027, 2027-03 or 2027-03-26.",
        )
    return last_day(found)


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem(Kind.INVALID, _issue(name, f"{name} : {fr}", f"{name}: {en}"))


def _issue(name: str, fr: str, en: str) -> Issue:
    return Issue(Text(fr, en), (name,), RULE)
