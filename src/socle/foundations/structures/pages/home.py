"""One box: words of a name, a town, a category, or a number; the list, and its map."""

from typing import Final

from starlette.responses import Response

from socle.foundations.structures import actions
from socle.foundations.structures.actions import Placed
from socle.foundations.structures.model import Nature, NumeroFiness
from socle.foundations.structures.permissions import READ
from socle.kernel.module import House
from socle.kernel.pages import Column, Handler, Listing, Name, Page, Pin, one_of, only, page_number, pins

SIZE: Final = 25
DEEPEST: Final = 80


def show(house: House) -> Handler:
    """The search. A number that is whole leads to its card."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "q", "nature", "page")
        words = page.query("q")[:200]
        nature = one_of(page, "nature", (one.value for one in Nature))
        number = min(page_number(page.query("page")), DEEPEST)
        numero = NumeroFiness.read(words) if words else None
        if numero is not None and await actions.known(house.database, numero.value, by=page.actor):
            return page.redirect(f"/structures/{numero}" + (f"?attendu={nature}" if nature else ""))
        found, total = await actions.find(
            house.database,
            words,
            by=page.actor,
            nature=Nature(nature) if nature else None,
            offset=(number - 1) * SIZE,
            count=SIZE,
        )
        view = Listing(
            "/structures",
            [
                Column("n", page.text("list.number"), numeric=True),
                Column("name", page.text("list.name")),
                Column("town", page.text("list.town")),
                Column("category", page.text("list.category"), wide=True),
                Column("numero", page.text("list.finess")),
            ],
            list(enumerate(found, start=(number - 1) * SIZE + 1)),
            total,
            number,
            SIZE,
            filters={name: value for name, value in (("q", words), ("nature", nature)) if value},
            caption=page.text("tab.search"),
        )
        return page.render(
            "structures.html",
            view=view,
            words=words,
            nature=nature,
            natures=[("EJ", page.text("nature.EJ_many")), ("ET", page.text("nature.ET_many"))],
            counts=await actions.counts(house.database, by=page.actor),
            map=map_of(page, found, (number - 1) * SIZE + 1),
            bad=numero if numero is not None and numero.key_holds is False else None,
            today=page.now.date(),
        )

    return handle


def map_of(page: Page, found: list[Placed], first: int) -> object:
    """The map of a list: pins bear the numbers of its rows."""
    shown = [
        Pin(one.lat, one.lon, str(n), f"{n}. {one.structure.name}", f"/structures/{one.structure.numero}")
        for n, one in enumerate(found, start=first)
        if one.lat is not None and one.lon is not None
    ]
    towns: dict[str, Name] = {}
    for one in found:
        town = str(one.structure.facts.get("libcommune", ""))
        if town and one.lat is not None and one.lon is not None:
            towns.setdefault(town, Name(one.lat, one.lon, town))
    return pins(shown, page.text("map.title", count=len(shown)), page.language, names=list(towns.values())[:12])
