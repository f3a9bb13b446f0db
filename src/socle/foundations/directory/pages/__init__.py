"""`/annuaire`: the box, the list and its map; the cards of a professional and of an establishment."""

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute

from socle.foundations.care_offer.permissions import REGISTER as OFFER
from socle.foundations.directory import actions
from socle.foundations.directory.actions import Found
from socle.foundations.people.permissions import PUBLIC
from socle.foundations.people.permissions import REGISTER as DIRECTORY
from socle.foundations.structures.model import CARE
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import TOWNS, Handler, Name, Page, Pages, Pin, one_of, only, page_number, pins

PATH: Final = "/annuaire"
SIZE: Final = 15
TONES: Final = {"frais": "ok", "a-rafraichir": "attention", "perime": "refused", "inconnu": "unknown"}
BEDS: Final = ("01", "02", "03", "05")  # installed, available, occupied, closed: what a card counts
DEEPEST: Final = 100
OVERSEAS: Final = ("Basse-Terre", "Fort-de-France", "Cayenne", "Saint-Denis", "Mamoudzou")
EXAMPLES: Final = ("infirmier Lyon", "médecin Toulouse", "martin 75013", "pharmacie Lille")
_LARGE: Final = 26  # towns of the map before anything is asked: as many as can be read


def routes(house: House) -> list[BaseRoute]:
    """The pages of the directory."""
    pages = Pages(house, "foundations.directory")
    return [
        pages.get(PATH, _search(house)),
        pages.get(f"{PATH}/professionnels/{{number}}", _card(house)),
        pages.get(f"{PATH}/etablissements/{{number}}", _establishment(house)),
    ]


def _search(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page, "q", "comme", "page")
        words = page.query("q")[:200]
        as_name = one_of(page, "comme", ("nom",)) == "nom"
        number = min(page_number(page.query("page")), DEEPEST)
        found = (
            await actions.search(
                house.repositories[DIRECTORY],
                house.database,
                words,
                as_name=as_name,
                count=SIZE,
                offset=(number - 1) * SIZE,
                by=page.actor,
            )
            if words
            else None
        )
        following = found is not None and (found.more or found.total > number * SIZE) and number < DEEPEST
        return page.render(
            "directory.html",
            words=words,
            as_name=as_name,
            found=found,
            map=_map(page, found) if found else "" if words else _country(page),
            examples=EXAMPLES,
            overseas=OVERSEAS,
            today=page.now.date(),
            following=page.here(page=str(number + 1)) if following else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
            as_a_name=page.here(comme="nom", page=""),
            as_understood=page.here(comme="", page=""),
        )

    return handle


def _map(page: Page, found: Found) -> object:
    """Pins bear the numbers of the two lists, which go on from one to the other."""
    shown: list[Pin] = []
    names: dict[str, Name] = {}
    for n, hit in enumerate(found.people, start=1):
        if hit.point is not None and hit.situation is not None:
            one, town = hit.professional, hit.situation.adresse.commune
            shown.append(Pin(*hit.point, str(n), f"{n}. {one.prenom} {one.nom}", f"{PATH}/professionnels/{one.id_nat}"))
            if town:
                names.setdefault(town.upper(), Name(*hit.point, town))
    for n, each in enumerate(found.establishments, start=len(found.people) + 1):
        if each.lat is not None and each.lon is not None:
            structure = each.structure
            shown.append(
                Pin(each.lat, each.lon, str(n), f"{n}. {structure.name}", f"{PATH}/etablissements/{structure.numero}")
            )
            town = str(structure.facts.get("libcommune", ""))
            if town:
                names.setdefault(town.upper(), Name(each.lat, each.lon, town))
    return pins(shown, page.text("map.title", count=len(shown)), page.language, names=list(names.values())[:12])


def _country(page: Page) -> object:
    """The country, before anything is asked: each large town leads to what is found there."""
    towns = [Pin(lat, lon, "", town, f"{PATH}?{urlencode({'q': town})}") for town, lat, lon in TOWNS[:_LARGE]]
    return pins(towns, page.text("map.country"), page.language, country=True)


def _card(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page)
        number = page.path("number")
        found = await actions.card(house.repositories[DIRECTORY], house.database, number, by=page.actor)
        if found is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                f"Personne n'a le numéro « {number[:40]} » dans l'annuaire.",
                f"Nobody has number “{number[:40]}” in the directory.",
            )
        one, point = found.professional, found.point
        name = f"{one.prenom} {one.nom}".strip()
        town = found.situation.adresse.commune if found.situation else ""
        drawn = (
            pins([Pin(*point, "", name)], page.text("map.one", name=name), page.language, names=[Name(*point, town)])
            if point
            else ""
        )
        return page.render("professional.html", one=one, name=name, map=drawn)

    return handle


def _establishment(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page)
        found = await actions.establishment(
            house.repositories[OFFER], house.database, page.path("number"), by=page.actor, now=page.now
        )
        one = found.fiche.structure
        town = str(one.facts.get("libcommune", ""))
        drawn = (
            pins(
                [Pin(*found.point, "", one.name)],
                page.text("map.place", name=one.name),
                page.language,
                names=[Name(*found.point, town)],
            )
            if found.point
            else ""
        )
        wards = found.offered.wards
        return page.render(
            "establishment.html",
            one=one,
            fiche=found.fiche,
            is_open=one.is_open(page.now.date()),
            activities=[part for part in found.fiche.parts if part.kind in CARE],
            offers=found.offered.offers,
            wards=wards,
            sums={code: sum(ward.beds[code] or 0 for ward in wards or ()) for code in BEDS},
            codes=BEDS,
            tones=TONES,
            map=drawn,
        )

    return handle
