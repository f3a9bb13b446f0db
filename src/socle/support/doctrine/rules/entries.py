"""Requirements and milestones, entry by entry."""

import re

from socle.support.doctrine.model import (
    Addressee,
    Certainty,
    Dated,
    Dates,
    Force,
    Milestone,
    PartialDate,
    Place,
    Requirement,
    Users,
    Verification,
    Verified,
)
from socle.support.doctrine.rules.checking import (
    DatePlaces,
    Names,
    check_dates,
    check_verified,
    check_window,
)
from socle.support.doctrine.rules.faults import Faults
from socle.support.doctrine.rules.fields import Reader, choose
from socle.support.doctrine.rules.words import REGIONS

PUBLISHERS = tuple(addressee for addressee in Addressee if addressee.is_publisher)
EVERY_PUBLISHER = "editeurs"
_REQUIREMENT_ID = re.compile(r"[A-Z]{3}-[0-9]{3,4}")
_MILESTONE_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


def requirement(
    reader: Reader, chapter: str, published: PartialDate | None, names: Names, faults: Faults
) -> Requirement:
    """A requirement of a chapter."""
    dates = _dates(reader, published, faults)
    found = Requirement(
        id=reader.text("id", required=True),
        chapter=chapter,
        addressees=addressees(reader, faults, required=True),
        force=reader.choice("force", Force, Force.SHOULD),
        statement=reader.text("statement", required=True),
        certainty=reader.choice("certainty", Certainty, Certainty.C),
        source=reader.text("source", required=True),
        legal=reader.text("legal"),
        note=reader.text("note"),
        users=_users(reader, faults),
        regions=_regions(reader, faults),
        modules=_modules(reader, names),
        dates=dates,
        verified=_verified(reader, names, faults),
        not_verified=reader.text("not_verified"),
        place=reader.place,
    )
    reader.done()
    if found.id and not _REQUIREMENT_ID.fullmatch(found.id):
        reader.fault("id", f"« {found.id} » ; attendu INS-001.", f"“{found.id}”; expected INS-001.")
    names.declare("requirement", found.id, reader.at("id"))
    if reader.has("verified") == reader.has("not_verified") or (reader.has("not_verified") and not found.not_verified):
        faults.add(
            reader.at("not_verified"),
            f"{found.id or 'exigence'} : dites soit comment elle est vérifiée (verified), soit pourquoi elle ne l'est pas "
            "(not_verified).",
            f"{found.id or 'requirement'}: say either how it is verified (verified) or why it is not (not_verified).",
        )
    return found


def milestone(reader: Reader, published: PartialDate | None, names: Names, faults: Faults) -> Milestone:
    """A milestone of the macro-planning."""
    dates = _dates(reader, published, faults)
    chapters = reader.placed_texts("chapters")
    for name, place in chapters:
        names.use("chapter", name, place)
    found = Milestone(
        id=reader.text("id", required=True),
        title=reader.text("title", required=True),
        dates=dates,
        chapters=tuple(name for name, _ in chapters),
        addressees=addressees(reader, faults),
        ends=reader.date("ends"),
        note=reader.text("note"),
        conflict=reader.text("conflict"),
        place=reader.place,
    )
    reader.done()
    if found.id and not _MILESTONE_ID.fullmatch(found.id):
        reader.fault("id", f"« {found.id} » ; attendu ins-obligatoire.", f"“{found.id}”; expected ins-mandatory.")
    names.declare("milestone", found.id, reader.at("id"))
    if dates.due is None:
        reader.fault("dates", "un jalon a une date : planned ou actual.", "a milestone has a date: planned or actual.")
    check_window(dates.due, found.ends, reader.at("ends"), faults)
    return found


def addressees(reader: Reader, faults: Faults, *, required: bool = False) -> tuple[Addressee, ...]:
    """Who must; `editeurs` stands for every kind of publisher."""
    found: list[Addressee] = []
    for text, place in reader.placed_texts("addressees", required=required):
        if text == EVERY_PUBLISHER:
            found += PUBLISHERS
        elif one := choose(text, Addressee, place, "addressees", faults):
            found.append(one)
    return tuple(dict.fromkeys(found))


def _users(reader: Reader, faults: Faults) -> tuple[Users, ...]:
    found = (choose(text, Users, place, "users", faults) for text, place in reader.placed_texts("users"))
    return tuple(one for one in found if one is not None)


def _regions(reader: Reader, faults: Faults) -> tuple[str, ...]:
    regions = reader.placed_texts("regions")
    for code, place in regions:
        if code not in REGIONS:
            faults.add(
                place,
                f"regions : « {code} » n'est pas un code de région de l'INSEE (Bretagne : 53).",
                f"regions: “{code}” is not an INSEE region code (Bretagne: 53).",
            )
    return tuple(code for code, _ in regions)


def _modules(reader: Reader, names: Names) -> tuple[str, ...]:
    modules = reader.placed_texts("modules")
    for name, place in modules:
        names.use("module", name, place)
    return tuple(name for name, _ in modules)


def _verified(reader: Reader, names: Names, faults: Faults) -> Verified | None:
    part = reader.part("verified")
    if part is None:
        return None
    by = part.choice("by", Verification, Verification.DECLARATION)
    found = Verified(by, part.text("how", required=True), part.text("reference"))
    part.done()
    check_verified(found.reference, part.at("reference"), faults)
    if "#" in found.reference:
        names.use("module", found.reference.partition("#")[0], part.at("reference"))
        names.use("reference", found.reference, part.at("reference"))
    return found


def _dates(reader: Reader, published: PartialDate | None, faults: Faults) -> Dates:
    part = reader.part("dates")
    if part is None:
        return Dates()
    revised: list[Dated] = []
    places: list[Place] = []
    for one in part.parts("revised"):
        dated = _dated(one)
        if dated is not None:
            revised.append(dated)
            places.append(one.place)
    planned, actual = part.part("planned"), part.part("actual")
    found = Dates(
        planned=_dated(planned) if planned else None,
        revised=tuple(revised),
        actual=_dated(actual) if actual else None,
    )
    part.done()
    check_dates(found, DatePlaces(tuple(places), part.at("actual")), published, faults)
    return found


def _dated(reader: Reader) -> Dated | None:
    on = reader.date("on", required=True)
    found = reader.text("source", required=True), reader.choice("certainty", Certainty, Certainty.C)
    reader.done()
    return Dated(on, *found) if on is not None else None
