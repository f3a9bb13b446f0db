"""Search of the offer: words, a town, a radius; a map and a list; the card of an offer."""

from typing import Any, Final

from starlette.responses import Response

from socle.foundations.care_offer.actions import reading
from socle.foundations.care_offer.pages import words
from socle.foundations.care_offer.permissions import PUBLIC, REGISTER, WRITE, widest
from socle.foundations.care_offer.rules import anomalies, capacities
from socle.foundations.care_offer.store.communes import COMMUNES, Commune
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Handler, Name, Page, Pin, Ring, pins
from socle.kernel.pages.asking import one_of, only
from socle.kernel.search.normalise import normalise

RADII: Final = ("5", "10", "20", "50", "100")
Json = dict[str, Any]


def search(house: House) -> Handler:
    """`/offre?q=…&ville=…&rayon=…&champ=…`."""

    async def handle(page: Page) -> Response:
        ground = page.require(PUBLIC)
        only(page, "q", "ville", "rayon", "champ", "suite")
        radius = int(one_of(page, "rayon", RADII, "20"))
        field = one_of(page, "champ", words.FIELDS)
        form = Form({name: [page.query(name)] for name in ("q", "ville", "rayon", "champ")})
        found = None
        asked = bool(page.query("q") or page.query("ville") or field or page.query("suite"))
        try:
            if asked:
                found = await reading.search(
                    house.repositories[REGISTER],
                    COMMUNES,
                    words=page.query("q"),
                    town=page.query("ville"),
                    radius=radius,
                    field=field,
                    following=page.query("suite"),
                    secret=house.secret,
                    by=page.actor,
                    trace=page.trace(REGISTER, "search-type", ground),
                )
        except Problem as problem:
            if problem.kind is not Kind.INVALID:
                raise
            form.absorb(problem, {"ville": "ville"})
        rows = [_row(n, one, found.beside) for n, one in enumerate(found.offers, start=1)] if found else []
        return page.render(
            "search.html",
            status=200 if form.ok else 400,
            form=form,
            radius=str(radius),
            radii=[(one, f"{one} km") for one in RADII],
            fields=[(one, page.text(f"field.{one}")) for one in words.FIELDS],
            asked=asked,
            found=found,
            rows=rows,
            picture=_map(page, rows, found.commune if found else None, radius),
            following=page.here(suite=found.following) if found and found.following else "",
            profil=widest(page.actor).value,
        )

    return handle


def _map(page: Page, rows: list[Json], around: Commune | None, radius: float) -> object:
    """Pins bear the numbers of the list; the circle is what was searched."""
    shown = [
        Pin(lat, lon, str(row["number"]), f"{row['number']}. {row['name']}", row["href"])
        for row in rows
        for lat, lon in ([row["position"]] if row["position"] is not None else [])
    ]
    ring = Ring(around.lat, around.lon, radius) if around else None
    names = [Name(around.lat, around.lon, around.name)] if around else []
    return pins(shown, page.text("search.map"), page.language, names=names, ring=ring)


def _row(number: int, offer: Json, beside: dict[str, Json]) -> Json:
    places = [beside[one["reference"]] for one in offer.get("location", ()) if one.get("reference") in beside]
    structure = beside.get(str(offer.get("providedBy", {}).get("reference", "")), {})
    position = next((one["position"] for one in places if "position" in one), None)
    return {
        "number": number,
        "href": f"/offre/fiche/{offer['id']}",
        "name": offer.get("name", offer["id"]),
        "field": words.shown(offer.get("type")),
        "activity": words.shown(offer.get("specialty")),
        "structure": structure.get("name", ""),
        "address": words.address(places[0]) if places else words.address(structure),
        "position": None if position is None else (float(position["latitude"]), float(position["longitude"])),
    }


def communes(house: House) -> Handler:
    """The options of the town's field: `/offre/communes?q=…`."""

    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page, "q")
        await COMMUNES.refresh(house.database, page.now)
        plain = normalise(page.query("q"))
        return page.render("communes.html", options=COMMUNES.named(plain, normalise) if plain else [])

    return handle


def card(house: House) -> Handler:
    """`/offre/fiche/<id>`."""

    async def handle(page: Page) -> Response:
        ground = page.require(PUBLIC)
        only(page)
        return await shown(house, page, ground, Form())

    return handle


async def shown(house: House, page: Page, ground: str, form: Form, *, status: int = 200) -> Response:
    """The card of the offer that the path names."""
    trace = page.trace(REGISTER, "read", ground)
    found = await reading.card(house.repositories[REGISTER], COMMUNES, page.path("id"), by=page.actor, trace=trace)
    low, high = words.ages(found.offer)
    return page.render(
        "card.html",
        status=status,
        card=found,
        form=form,
        ages=(low, high),
        words=words,
        beds=[(place, [capacities.read(one) for one in capacities.capacities_of(place)]) for place in found.places],
        contacts=[*words.contacts(found.offer), *(one for s in found.structures for one in words.contacts(s))],
        themes=[(code, text.to(page.language)) for code, text in anomalies.THEMES.items()],
        may_report=page.may(WRITE),
        profil=widest(page.actor).value,
    )
