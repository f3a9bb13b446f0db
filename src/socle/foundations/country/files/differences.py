"""What a day changed, line by line: the answer that an import of the two days must find."""

from typing import Final

from socle.foundations.country.country import Country
from socle.foundations.country.practitioners import Practitioner
from socle.foundations.country.structures import Establishment

HEADINGS: Final = "registre;identifiant;changement;champs"
_PRIVATE: Final = frozenset({"telephone", "courriel"})  # of the person: not in the open extraction
CREATED, CHANGED, CLOSED = "created", "changed", "closed"


def people(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines of the professionals of these ranks whom the day created, changed or closed, and how many.

    A change that only the extraction of Pro Santé Connect shows is told of `rass`, every other one of `annuaire`.
    """
    before = _eve(country)
    lines = []
    for rank in range(start, min(stop, country.practitioner_count)):
        if rank >= before.practitioner_count:
            found = country.practitioner(rank)
            if found is not None:
                lines.append(f"annuaire;8{found.rpps};{CREATED};\n")
            continue
        fate = country.practitioner_fate(rank)
        if fate.closed == country.day:
            gone = before.practitioner(rank)
            assert gone is not None
            lines.append(f"annuaire;8{gone.rpps};{CLOSED};\n")
        elif not fate.closed and fate.changes and fate.changes[-1][0] == country.day:
            was, now = before.practitioner(rank), country.practitioner(rank)
            if (names := _changed(was, now)) and now is not None:
                register = "rass" if _PRIVATE.issuperset(names) else "annuaire"
                lines.append(f"{register};8{now.rpps};{CHANGED};{' '.join(names)}\n")
    return "".join(lines), len(lines)


def establishments(country: Country, start: int, stop: int) -> tuple[str, int]:
    """The same, of establishments."""
    before = _eve(country)
    lines = []
    for rank in range(start, min(stop, country.establishment_count)):
        if rank >= before.establishment_count:
            lines.append(f"finess;{country.establishment(rank).finess};{CREATED};\n")
            continue
        fate = country.establishment_fate(rank)
        if fate.closed == country.day:
            lines.append(f"finess;{country.establishment(rank).finess};{CLOSED};\n")
        elif not fate.closed and fate.changes and fate.changes[-1][0] == country.day:
            now = country.establishment(rank)
            lines.append(f"finess;{now.finess};{CHANGED};{' '.join(_changed(before.establishment(rank), now))}\n")
    return "".join(lines), len(lines)


def _eve(country: Country) -> Country:
    if country.day < 2:
        raise ValueError(f"day {country.day}: nothing changed before day 2")
    return Country(country.seed, country.scale, day=country.day - 1, changes=country.changes)


def _changed(was: Practitioner | Establishment | None, now: Practitioner | Establishment | None) -> list[str]:
    """Names of the fields that differ."""
    assert was is not None
    assert now is not None
    return [name for name, a, b in zip(was._fields, was, now, strict=True) if a != b]
