"""The card of a structure, and its history."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from starlette.responses import Response

from socle.foundations.structures import actions
from socle.foundations.structures.actions import Changed, Placed
from socle.foundations.structures.model import CARE, Nature, Part, PartKind, Structure
from socle.foundations.structures.permissions import READ
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Name, Page, Pin, day, one_of, only, pins, wrong

_IDENTITY: Final = ("categetab", "statutjuridique", "codesph", "codemft", "siren", "siret", "codeape", "numuai")
_LABELS: Final = {
    "categetab": "libcategetab",
    "statutjuridique": "libstatutjuridique",
    "codesph": "libsph",
    "codemft": "libmft",
}
_DATES: Final = ("dateouv", "datecrea", "dateautor", "datefermeture", "datemaj")


def show(house: House) -> Handler:
    """Who it is, whose it is, what it may do, where it is. `attendu=ET` (or EJ): says so when it is the other."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "attendu")
        wanted = one_of(page, "attendu", (one.value for one in Nature))
        found = await actions.look(house.database, page.path("numero"), by=page.actor)
        one = found.structure
        told = await actions.meant(house.database, one.numero, Nature(wanted)) if wanted else None
        geo = next((part.facts for part in found.parts if part.kind is PartKind.GEOLOCATION), None)
        near = await actions.around(house.database, one, by=page.actor) if geo else []
        return page.render(
            "structure.html",
            one=one,
            found=found,
            told=told,
            is_open=one.is_open(page.now.date()),
            identity=_identity(page, one),
            dates=[
                (page.text(f"field.{name}"), day(date.fromisoformat(one.facts[name]), page.language))
                for name in _DATES
                if one.facts.get(name)
            ],
            address=address_of(one),
            activities=[part for part in found.parts if part.kind in CARE],
            groups=found.groups,
            equipment=_parts(found.parts, PartKind.EQUIPMENT),
            social=_parts(found.parts, PartKind.SOCIAL),
            training=_parts(found.parts, PartKind.TRAINING),
            agreements=_parts(found.parts, PartKind.AGREEMENT),
            geo=geo,
            map=_map(page, one, geo, near),
        )

    return handle


def history(house: House) -> Handler:
    """What loads did to it, and as it was known on a day."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "le")
        found = await actions.look(house.database, page.path("numero"), by=page.actor)
        asked = page.query("le")
        known: Structure | None = None
        on: date | None = None
        if asked:
            try:
                on = date.fromisoformat(asked)
            except ValueError:
                raise wrong(
                    "le",
                    f"« {asked[:20]} » n'est pas une date : AAAA-MM-JJ.",
                    f"“{asked[:20]}” is not a date: YYYY-MM-DD.",
                ) from None
            known, _ = await actions.as_known_on(
                house.database, found.structure.numero, datetime.combine(on, time.max, UTC)
            )
        changes = await actions.history(house.database, found.structure.numero, by=page.actor)
        return page.render(
            "history.html",
            one=found.structure,
            changes=[(change, differences(page, change)) for change in changes],
            asked=asked,
            on=on,
            known=known,
            identity=_identity(page, known) if known else [],
            address=address_of(known) if known else "",
        )

    return handle


def address_of(one: Structure) -> str:
    """The address on one line."""
    facts = one.facts
    street = " ".join(str(facts[name]) for name in ("numvoie", "compvoie", "typvoie", "voie") if facts.get(name))
    town = facts.get("ligneacheminement") or " ".join(
        str(facts[name]) for name in ("codepostal", "libcommune") if facts.get(name)
    )
    return ", ".join(part for part in (facts.get("compldistrib"), street, facts.get("lieuditbp"), town) if part)


def differences(page: Page, change: Changed) -> list[tuple[str, str, str]]:
    """(field, before, after) of a change, in the reader's words where they exist."""
    names = sorted({*change.before, *change.after})
    return [(label(page, name), _said(change.before.get(name)), _said(change.after.get(name))) for name in names]


def label(page: Page, name: str) -> str:
    """What a field of the FINESS is called; its own name when we have no other."""
    try:
        return page.text(f"field.{name}")
    except KeyError:
        return name


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _identity(page: Page, one: Structure) -> list[tuple[str, str]]:
    facts: Mapping[str, Any] = one.facts
    said = []
    for name in _IDENTITY:
        if facts.get(name):
            words = facts.get(_LABELS.get(name, ""), "")
            said.append((label(page, name), f"{words} ({facts[name]})" if words else str(facts[name])))
    return said


def _parts(parts: Sequence[Part], kind: PartKind) -> list[Part]:
    return [part for part in parts if part.kind is kind]


def _map(page: Page, one: Structure, geo: Mapping[str, Any] | None, near: Sequence[Placed]) -> object:
    if geo is None or "lat" not in geo:
        return ""
    around = [Pin(each.lat, each.lon) for each in near if each.lat is not None and each.lon is not None]
    towns: dict[str, list[tuple[float, float]]] = {}
    for each in near:
        if each.lat is not None and each.lon is not None:
            towns.setdefault(str(each.structure.facts.get("libcommune", "")), []).append((each.lat, each.lon))
    names = [
        Name(sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points), town)
        for town, points in sorted(towns.items(), key=lambda pair: -len(pair[1]))
        if town
    ]
    here = Pin(float(geo["lat"]), float(geo["lon"]), "", one.name)
    edge = 0.12  # degrees: about thirteen kilometres around
    frame = [Pin(here.lat - edge, here.lon), Pin(here.lat + edge, here.lon)]
    return pins(
        [here], page.text("map.one", name=one.name), page.language, around=around, names=names[:12], within=frame
    )


def missing() -> Problem:
    """No such load."""
    return Problem.of(Kind.NOT_FOUND, "Ce chargement n'existe pas.", "There is no such load.")
