"""`/terminologies`: what is held, leafed through by people. One place for one question, every state of it an address."""

import csv
import io
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from socle.foundations.terminologies.actions import browsing, using
from socle.foundations.terminologies.actions.browsing import Sort
from socle.foundations.terminologies.model import OWN, Json
from socle.foundations.terminologies.permissions import READ, REGISTER, WRITE
from socle.kernel.module import House
from socle.kernel.outcome import Problem, Text
from socle.kernel.pages import Column, Handler, Listing, Page, Pages, Tab, only, page_number
from socle.kernel.terminology.displays import display, speaks
from socle.kernel.terminology.source import COUNTED

PATH: Final = "/terminologies"
PROFILES: Final = "/interoperability/profils/voir"
_SIZE: Final = 50
IMPORTED: Final = "import"  # in an address: what no package brought
MOST_PARTS: Final = 40  # rules of a value set that are shown
_DEEPEST: Final = 400  # pages of a value set: beyond, one searches
_SORTS: Final[dict[str, Sort]] = {
    PATH: "CodeSystem",
    f"{PATH}/jeux": "ValueSet",
    f"{PATH}/correspondances": "ConceptMap",
}
# ConceptMap.group.element.target.equivalence, R4.
RELATIONS: Final = frozenset(
    {
        "relatedto", "equivalent", "equal", "wider", "subsumes", "narrower", "specializes", "inexact", "unmatched", "disjoint",
    }
)  # fmt: skip
_PLACES: Final[dict[str, str]] = {"CodeSystem": "systemes", "ValueSet": "jeux", "ConceptMap": "correspondances"}


def routes(house: House) -> list[BaseRoute]:
    """The pages of the terminologies."""
    tabs = (
        Tab(PATH, "tab.systems"),
        Tab(f"{PATH}/jeux", "tab.sets"),
        Tab(f"{PATH}/correspondances", "tab.maps"),
        Tab(f"{PATH}/recherche", "tab.search"),
    )
    pages = Pages(house, "foundations.terminologies", tabs=tabs)
    return [
        *(pages.get(path, _list(house, path, sort)) for path, sort in _SORTS.items()),
        pages.get(f"{PATH}/recherche", _search(house)),
        pages.get(f"{PATH}/systemes/{{id}}", _system(house)),
        pages.get(f"{PATH}/systemes/{{id}}/code", _concept(house)),
        pages.get(f"{PATH}/systemes/{{id}}/usages", _uses(house)),
        pages.get(f"{PATH}/jeux/{{id}}", _set(house)),
        pages.get(f"{PATH}/jeux/{{id}}/export.csv", _export(house)),
        pages.get(f"{PATH}/jeux/{{id}}/usages", _set_uses(house)),
        pages.get(f"{PATH}/correspondances/{{id}}", _map(house)),
    ]


def _list(house: House, path: str, sort: Sort) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "q", "paquet", "page")
        words, origin, number = page.query("q"), page.query("paquet"), page_number(page.query("page"))
        register = house.repositories[REGISTER]
        package = None if not origin else "" if origin == IMPORTED else origin
        found = await browsing.held_of(register, sort, words, package=package, by=page.actor)
        number = min(number, max(1, -(-len(found) // _SIZE)))
        columns = [
            Column("title", page.text("list.title")),
            Column("version", page.text("list.version")),
            *([Column("codes", page.text("list.codes"), numeric=True)] if sort == "CodeSystem" else []),
            Column("status", page.text("list.status"), wide=True),
        ]
        view = Listing(
            path,
            columns,
            found[(number - 1) * _SIZE : number * _SIZE],
            len(found),
            number,
            _SIZE,
            filters={name: page.query(name) for name in ("q", "paquet") if page.query(name)},
            caption=page.text(f"tab.{_TABS[sort]}"),
        )
        return page.render(
            "catalogue.html",
            view=view,
            words=words,
            origin=origin,
            origins=[one or IMPORTED for one in await browsing.origins(register, sort, by=page.actor)],
            imported=IMPORTED,
            own=OWN,
            sort=sort,
            path=path,
            place=f"{PATH}/{_PLACES[sort]}",
            title_of=browsing.title,
            counts=await browsing.counts(register, by=page.actor),
            may_write=page.may(WRITE),
        )

    return handle


_TABS: Final[dict[str, str]] = {"CodeSystem": "systems", "ValueSet": "sets", "ConceptMap": "maps"}


def _search(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "q", "page")
        words, number = page.query("q")[:200], min(page_number(page.query("page")), 40)
        found = (
            await browsing.search(
                house.repositories[REGISTER], words, offset=(number - 1) * _SIZE, limit=_SIZE + 1, by=page.actor
            )
            if words
            else []
        )
        return page.render(
            "found.html",
            words=words,
            found=found[:_SIZE],
            number=number,
            following=page.here(page=str(number + 1)) if len(found) > _SIZE and number < 40 else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        )

    return handle


def _system(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "q", "page")
        register = house.repositories[REGISTER]
        told = await browsing.system(register, page.path("id"), by=page.actor)
        words, number = page.query("q")[:200], page_number(page.query("page"))
        offset = (number - 1) * _SIZE
        if words:
            found = await browsing.search(
                register, words, within=told.edition, offset=offset, limit=_SIZE + 1, by=page.actor
            )
            lines = [line for _, line in found]
        else:
            lines = await browsing.tops(register, told.edition, offset=offset, limit=_SIZE + 1, by=page.actor)
        return page.render(
            "system.html",
            told=told,
            own=OWN,
            edition=told.edition,
            words=words,
            page_lines=lines[:_SIZE],
            following=page.here(page=str(number + 1)) if len(lines) > _SIZE else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        )

    return handle


def _concept(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "code", "page")
        register = house.repositories[REGISTER]
        code, number = page.query("code"), page_number(page.query("page"))
        card = await browsing.card(
            register, page.path("id"), code, offset=(number - 1) * _SIZE, limit=_SIZE, by=page.actor
        )
        entry, edition = card.entry, card.edition
        known = [value.value for value in entry.values if value.type == "code"]
        known += [value.value.rpartition("|")[2] for value in entry.values if value.type == "Coding"]
        kinds = [value.code for value in entry.values]
        names = await browsing.named(register, edition, list(dict.fromkeys([*known, *kinds]))[:400])
        return page.render(
            "concept.html",
            card=card,
            entry=entry,
            edition=edition,
            shown=display(entry, edition.language, (page.language,)) or entry.code,
            own_language=edition.language,
            foreign=bool(edition.language) and not speaks(edition.language, page.language),
            names=names,
            number=number,
            following=page.here(page=str(number + 1)) if card.more else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        )

    return handle


def _uses(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "code")
        register = house.repositories[REGISTER]
        told = await browsing.system(register, page.path("id"), by=page.actor)
        code = page.query("code")
        found = await using.uses(register, told.edition, code, now=page.now, by=page.actor)
        return page.render(
            "uses.html",
            edition=told.edition,
            code=code,
            entry=found.entry,
            shown=display(found.entry, told.edition.language, (page.language,)),
            found=found,
            relations=RELATIONS,
            set_ids={url: one.id for one in found.sets for url in using.names_of(one)},
            title_of=browsing.title,
            most=using.MOST,
            profiles=_profiles(house),
        )

    return handle


def _set_uses(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page)
        register = house.repositories[REGISTER]
        one, _ = await browsing.headline(register, "ValueSet", page.path("id"), by=page.actor)
        return page.render(
            "set_uses.html",
            one=one,
            title=browsing.title(one),
            found=await using.set_uses(register, one, by=page.actor),
            title_of=browsing.title,
            most=using.MOST,
            profiles=_profiles(house),
        )

    return handle


def _profiles(house: House) -> str:
    """Where the pages of profiles are, "" in a house without them."""
    return PROFILES if any(one.name == "foundations.interoperability" for one in house.modules) else ""


def _set(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "q", "page")
        register = house.repositories[REGISTER]
        one, resource = await browsing.headline(register, "ValueSet", page.path("id"), by=page.actor)
        words, number = page.query("q")[:200], min(page_number(page.query("page")), _DEEPEST)
        refused: Text | None = None
        members, total = [], None
        try:
            found = await browsing.expansion(
                register, one, words, offset=(number - 1) * _SIZE, count=_SIZE + 1, by=page.actor
            )
            members, total = found.members, found.total
        except Problem as problem:
            refused = problem.issues[0].text
        parts = _parts(resource)
        return page.render(
            "set.html",
            one=one,
            resource=resource,
            parts=parts[:MOST_PARTS],
            more_parts=len(parts) > MOST_PARTS,
            systems=await browsing.system_ids(
                register, sorted({part.get("system", "") for _, part in parts} - {""}), by=page.actor
            ),
            sets=await browsing.value_set_ids(
                register, sorted({url for _, part in parts for url in part.get("valueSet", ())}), by=page.actor
            ),
            own=OWN,
            title=browsing.title(one),
            words=words,
            members=members[:_SIZE],
            total=total,
            counted=COUNTED,
            refused=refused,
            number=number,
            following=page.here(page=str(number + 1)) if len(members) > _SIZE and number < _DEEPEST else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
        )

    return handle


def _parts(value_set: Json) -> list[tuple[bool, Json]]:
    """(whether it is left out, the rule) of what a value set is made of, as its author wrote it."""
    compose = value_set.get("compose") or {}
    return [*((False, one) for one in compose.get("include", ())), *((True, one) for one in compose.get("exclude", ()))]


def _export(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page)
        register = house.repositories[REGISTER]
        one, _ = await browsing.headline(register, "ValueSet", page.path("id"), by=page.actor)
        out = io.StringIO()
        write = csv.writer(out)
        write.writerow(["system", "code", "display"])
        for row in await browsing.rows_of(register, one, by=page.actor):
            write.writerow([_inert(value) for value in row])
        return page.download("\ufeff" + out.getvalue(), f"{one.id}.csv", "text/csv; charset=utf-8")

    return handle


def _inert(value: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _map(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "page")
        one, resource = await browsing.headline(
            house.repositories[REGISTER], "ConceptMap", page.path("id"), by=page.actor
        )
        rows = [
            (element, target)
            for group in resource.get("group", ())
            for element in group.get("element", ())
            for target in element.get("target", ()) or [{}]
        ]
        number = min(page_number(page.query("page")), max(1, -(-len(rows) // _SIZE)))
        view = Listing(
            f"{PATH}/correspondances/{one.id}",
            [Column(key, page.text(f"map.{key}")) for key in ("source", "relation", "target")],
            rows[(number - 1) * _SIZE : number * _SIZE],
            len(rows),
            number,
            _SIZE,
            caption=browsing.title(one),
        )
        return page.render(
            "map.html", one=one, resource=resource, title=browsing.title(one), view=view, relations=RELATIONS
        )

    return handle
