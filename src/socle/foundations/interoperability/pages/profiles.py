"""`/interoperability/profils`: structures of packages and of FHIR R4, one structure, packages. Every state is an address."""

import csv
import io
import re
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from socle.foundations.interoperability.actions import packages as installing
from socle.foundations.interoperability.actions import profiles as actions
from socle.foundations.interoperability.actions.profiles import MOST_DERIVED, R4, Shown
from socle.foundations.interoperability.rules.outline import Change, Line, Outline, changes, counterpart, line
from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.packages.built_in import core_entries
from socle.kernel.module import House
from socle.kernel.pages import Column, Handler, Listing, Page, one_of, only, page_number
from socle.kernel.store.definitions import SORTS, Sought, sort_of

PATH: Final = "/interoperability/profils"
ONE: Final = f"{PATH}/voir"
PACKAGES: Final = "/interoperability/paquets"
CSV: Final = f"{PATH}.csv"
_PARAMETERS: Final = ("q", "sorte", "type", "paquet")
_SIZE: Final = 50
_EXPORTED: Final = 50_000  # lines of the list as a file
_LINES: Final = 100  # elements on a page
_WHOLE: Final = 40  # all that is under an element is shown when there are no more, else what is just under it
_VIEWS: Final = ("changements", "complet")


def address(canonical: str, **more: str) -> str:
    """The page of a structure."""
    return f"{ONE}?{urlencode({'url': canonical, **more})}"


def _asked(page: Page) -> Sought:
    """What the address asks for."""
    package = page.query("paquet")[:300]
    name, _, version = package.partition("#")
    words = tuple(page.query("q")[:200].split()[:10])
    return Sought(words, one_of(page, "sorte", SORTS), page.query("type")[:100], (name, version) if package else None)


def export(house: House) -> Handler:
    """The list as CSV, whole."""

    async def handle(page: Page) -> Response:
        only(page, *_PARAMETERS)
        held = await installing.installed_packages(house.database)
        rows, _ = await actions.found(house, _asked(page), held, offset=0, limit=_EXPORTED)
        out = io.StringIO()
        write = csv.writer(out)
        write.writerow(["title", "sort", "type", "url", "version", "status", "package"])
        for one in rows:
            entry = one.entry
            facts = (actions.title_of(entry), sort_of(entry), entry.type, entry.url, entry.version, entry.status)
            write.writerow([_inert(value) for value in (*facts, "#".join(one.package))])
        return page.download("\ufeff" + out.getvalue(), "profils.csv", "text/csv; charset=utf-8")

    return handle


def _inert(value: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def show_list(house: House) -> Handler:
    """Structures, by words, sort, type and package."""

    async def handle(page: Page) -> Response:
        only(page, *_PARAMETERS, "page")
        sought = _asked(page)
        words, sort, of_type, package = (page.query(name) for name in _PARAMETERS)
        number = page_number(page.query("page"))
        held = await installing.installed_packages(house.database)
        rows, total = await actions.found(house, sought, held, offset=(number - 1) * _SIZE, limit=_SIZE)
        filters = {name: page.query(name) for name in _PARAMETERS if page.query(name)}
        view = Listing(
            PATH,
            [
                Column("title", page.text("profiles.title_column")),
                Column("type", page.text("profiles.type")),
                Column("sort", page.text("profiles.sort"), wide=True),
                Column("version", page.text("profiles.version"), wide=True),
            ],
            rows,
            total,
            number,
            _SIZE,
            filters=filters,
            export=f"{CSV}?{urlencode(filters)}" if filters else CSV,
            caption=page.text("profiles.caption"),
        )
        titles = {one.id: one.title for one in held}
        return page.render(
            "profiles.html",
            view=view,
            words=words,
            sort=sort,
            of_type=of_type,
            package=package,
            packages={**titles, "#".join(R4): titles.get("#".join(R4), "FHIR R4")},
            package_path=package_path,
            types=r4().resource_types,
            sorts=list(SORTS),
            by_words=_by_words,
            title_of=actions.title_of,
            sort_of=sort_of,
            address=address,
        )

    return handle


def show_one(house: House) -> Handler:
    """One structure: what it changes of its parent, or everything, an element at a time."""

    async def handle(page: Page) -> Response:
        only(page, "url", "vue", "element", "page")
        canonical = page.query("url")[:2000]
        shown = await actions.structure(house, canonical)
        definition = shown.definition
        default = "changements" if shown.differential.elements or not shown.snapshot.elements else "complet"
        view = one_of(page, "vue", _VIEWS, default)
        if not shown.snapshot.elements:
            view = "changements"
        focus = page.query("element")[:500]
        if focus not in shown.snapshot.elements:
            focus = shown.snapshot.root
        number = page_number(page.query("page"))
        lines, more = _changed(shown, number) if view == "changements" else _under(shown.snapshot, focus, number)
        card = _card(shown, focus) if view == "complet" and shown.snapshot.elements else None
        bound = [one.value_set for each in (*lines, *([card] if card else [])) for one in each.bindings]
        url = str(definition.get("url", ""))
        return page.render(
            "profile.html",
            shown=shown,
            definition=definition,
            url=url,
            canonical=canonical,
            view=view,
            views=_VIEWS if shown.differential.elements and shown.snapshot.elements else (),
            lines=lines,
            card=card,
            card_base=_base_of(shown, card),
            trail=[*shown.snapshot.above(focus), focus] if card else [],
            following=page.here(page=str(number + 1)) if more else "",
            previous=page.here(page=str(number - 1) if number > 2 else "") if number > 1 else "",
            sets=await actions.value_sets(house, bound, by=page.actor),
            of_type=core_structure(str(definition.get("type", ""))) is not None,
            derived=shown.derived[:MOST_DERIVED],
            more_derived=len(shown.derived) > MOST_DERIVED,
            known_types=_known(lines, card),
            element=lambda id: page.here(vue="complet", element=id, page=""),
            address=address,
            title_of=actions.title_of,
            package_path=package_path,
            contexts=_contexts(definition),
            r4=R4,
        )

    return handle


def _changed(shown: Shown, number: int) -> tuple[list[Line], bool]:
    """A page of the elements that a structure states, each with what it changes of its parent."""
    stated = list(islice(shown.differential.elements.items(), (number - 1) * _LINES, number * _LINES + 1))
    lines = []
    for id, element in stated[:_LINES]:
        whole = shown.snapshot.elements.get(id, element)
        before = counterpart(id, whole, shown.parent, shown.typed.get(id)) if shown.parent is not None else None
        told = changes(id, whole, before, element) if shown.parent is not None else ()
        lines.append(line(id, whole, depth=id.count("."), below=0, changes=told))
    return lines, len(stated) > _LINES


def _under(outline: Outline, focus: str, number: int) -> tuple[list[Line], bool]:
    """What is under an element: all of it when there is little, else only what is just under it, by pages."""
    if outline.below(focus) <= _WHOLE:
        return [_line(outline, id, depth) for id, depth in outline.walk(focus)], False
    children = outline.children.get(focus, [])
    kept = children[(number - 1) * _LINES : number * _LINES]
    return [_line(outline, id, 0, outline.below(id)) for id in kept], len(children) > number * _LINES


def _line(outline: Outline, id: str, depth: int, below: int = 0) -> Line:
    return line(id, outline.elements[id], depth, below)


def _card(shown: Shown, focus: str) -> Line:
    """The element in focus, with what it changes of its parent when the structure states it."""
    whole = shown.snapshot.elements[focus]
    stated = shown.differential.elements.get(focus)
    told: tuple[Change, ...] = ()
    if stated is not None and shown.parent is not None:
        told = changes(focus, whole, counterpart(focus, whole, shown.parent, shown.typed.get(focus)), stated)
    return line(focus, whole, changes=told)


def _base_of(shown: Shown, card: Line | None) -> str:
    """The cardinality of the element in the parent, "" when it is not known."""
    if card is None or shown.parent is None:
        return ""
    before = counterpart(card.id, shown.snapshot.elements[card.id], shown.parent, shown.typed.get(card.id))
    return f"{before.get('min', '')}..{before.get('max', '')}" if before is not None else ""


def _known(lines: list[Line], card: Line | None) -> frozenset[str]:
    """Types that have a page."""
    codes = {one.code for each in (*lines, *([card] if card else [])) for one in each.types}
    return frozenset(code for code in codes if code and "/" not in code and core_structure(code) is not None)


def _contexts(definition: dict[str, object]) -> list[tuple[str, str]]:
    """Where an extension may be used: (type of the context, expression)."""
    context = definition.get("context")
    entries = context if isinstance(context, list) else []
    return [(str(one.get("type", "")), str(one.get("expression", ""))) for one in entries if isinstance(one, dict)]


def _by_words(name: str) -> Markup:
    """The name of a type, which a narrow column may cut between its words only (CodeableConcept)."""
    return Markup("<wbr>").join(re.split(r"(?<=[a-z])(?=[A-Z])", name))


def package_path(package: tuple[str, str]) -> str:
    """The page of a package."""
    return f"{PACKAGES}?{urlencode({'paquet': '#'.join(package)})}"


def show_packages(house: House) -> Handler:
    """Packages installed; or one of them."""

    async def handle(page: Page) -> Response:
        only(page, "paquet")
        asked = page.query("paquet")[:300]
        built_in = await actions.is_built_in(house)
        if not asked or (asked == "#".join(R4) and built_in):
            held = await installing.installed_packages(house.database)
            core = len(core_entries()) if built_in else 0
            asking = {one.id: installing.dependencies_of(one, held) for one in held}
            absent: dict[str, list[tuple[str, str]]] = {}  # name: (who asks, for which version)
            for one in held:
                for wanted in asking[one.id]:
                    if not wanted.answer:
                        absent.setdefault(wanted.name, []).append((one.id, wanted.asked))
            return page.render(
                "packages.html",
                packages=held,
                asking=asking,
                absent=sorted(absent.items()),
                core=core,
                r4=R4,
                package_path=package_path,
            )
        name, _, version = asked.partition("#")
        one, types, held = await actions.package(house, name, version)
        return page.render(
            "package.html",
            one=one,
            types=types,
            structures=dict(types).get("StructureDefinition", 0),
            dependencies=installing.dependencies_of(one, held),
            here={other.id for other in held},
            dependents=[other for other in held if other.name != one.name and one.name in other.dependencies],
            package_path=package_path,
            r4=R4,
        )

    return handle
