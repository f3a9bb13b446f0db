"""`/doctrine/<year>/exigences`: what must be done, by whom, by when; and the card of each requirement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Markup, Page, choice, one_of, only, page_number
from socle.support.doctrine.model import Addressee, Force, Requirement, Users
from socle.support.doctrine.pages.asking import day_of
from socle.support.doctrine.pages.library import Reader
from socle.support.doctrine.pages.shell import Room, frame, show
from socle.support.doctrine.rules.applies import Concern, When, Who, requirements_for
from socle.support.doctrine.rules.entries import EVERY_PUBLISHER, PUBLISHERS
from socle.support.doctrine.rules.wording import Words, compare
from socle.support.doctrine.rules.words import ADDRESSEES, FORCES, REGIONS, USERS

SIZE: Final = 300  # rows of a page: about 32 kB as sent
FILTERS: Final = ("actor", "users", "region", "date", "force", "chapter", "q")
LONGEST: Final = 200  # characters of the words looked for
SORTS: Final = ("date", "chapter")
_ORDER: Final = (When.COMING, When.DUE, When.UNDATED)


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows under one heading: `key` is a `When`, or the identifier of a chapter. `total` counts all its rows."""

    key: str
    rows: Sequence[Concern]
    total: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the sentence in words, and the address of the same list without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Version:
    """A requirement in one edition; `wording` compares it with the edition before, None where there is none or no change."""

    reader: Reader
    requirement: Requirement | None
    wording: tuple[Words, ...] | None
    before: str


def asked(page: Page, reader: Reader) -> Who:
    """Who asks, from the address. Raises: Problem(INVALID) for what is not understood."""
    actor = one_of(page, "actor", [EVERY_PUBLISHER, *(one.value for one in Addressee)])
    users = choice(page, "users", Users)
    chapter = one_of(page, "chapter", reader.edition.chapter_by_id)
    return Who(
        addressees=frozenset(PUBLISHERS if actor == EVERY_PUBLISHER else [Addressee(actor)] if actor else ()),
        users=frozenset({users} if users else ()),
        region=one_of(page, "region", REGIONS),
        force=choice(page, "force", Force),
        chapters=frozenset({chapter} if chapter else ()),
        by=day_of(page, "date"),
        text=page.query("q")[:LONGEST],
    )


async def show_table(page: Page, room: Room) -> Response:
    """The table."""
    only(page, *FILTERS, "sort", "page")
    reader = await room.library.get(page.path("year"))
    who = asked(page, reader)
    sort = one_of(page, "sort", SORTS, "date")
    found = matching(reader, who, page.now.date())
    whole = page.query("page") == "all"
    number, size = (1, max(1, len(found))) if whole else (page_number(page.query("page", "1")), SIZE)
    filters = {name: page.query(name) for name in FILTERS if page.query(name)}
    table = f"{reader.path}/exigences"
    return show(
        page,
        "requirements.html",
        reader,
        "requirements",
        who=who,
        whoever=whoever(page, who),
        actor=page.query("actor"),
        every_publisher=EVERY_PUBLISHER,
        sort=sort,
        filters=filters,
        table=table,
        total=len(found),
        musts=sum(isinstance(one.item, Requirement) and one.item.force is Force.MUST for one in found),
        row=lambda one: row(page, reader, one),
        groups=groups(found, sort, reader, (number - 1) * size, size),
        number=number,
        last_page=max(1, -(-len(found) // size)),
        address=lambda **changes: _address(table, {**filters, "sort": page.query("sort"), **changes}),
        ics=_address(f"{reader.path}/echeances.ics", filters),
        csv=_address(f"{reader.path}/edition.csv", filters),
        conditions=conditions(page, who, reader, table, filters) if not found else [],
        publishers=[one for one in Addressee if one.is_publisher],
        others=[one for one in Addressee if not one.is_publisher],
        users_known=list(Users),
        forces_known=list(Force),
    )


def matching(reader: Reader, who: Who, today: date) -> Sequence[Concern]:
    """What concerns `who`; words are looked for as the search does, so that both give the same requirements."""
    found = requirements_for(reader.edition, replace(who, text=""), today=today)
    if not who.text:
        return found
    kept = reader.matching(who.text)
    return [one for one in found if one.item.id in kept]


def row(page: Page, reader: Reader, one: Requirement) -> Markup:
    """The row of a requirement, made once a day for each language: it says how far its date is."""
    return reader.row(
        ("requirement", one.id, page.language, page.now.date()),
        lambda: page.fragment("requirement_row.html", one=one, **frame(page, reader)),
    )


def groups(found: Sequence[Concern], sort: str, reader: Reader, first: int, size: int) -> list[Group]:
    """The rows from rank `first` on, under their headings: what is to come (nearest first), what applies (latest first),
    what has no date; or chapter by chapter.
    """
    if sort == "chapter":
        keys: Sequence[str] = [chapter.id for chapter in reader.edition.chapters]
        by_key = {key: [one for one in found if _chapter(one) == key] for key in keys}
    else:
        keys = _ORDER
        by_key = {key: [one for one in found if one.when is key] for key in keys}
        by_key[When.DUE] = sorted(by_key[When.DUE], key=lambda one: one.due.on.first if one.due else date.min)[::-1]
    shown, rank = [], 0
    for key in keys:
        rows = by_key[key]
        kept = rows[max(0, first - rank) : max(0, first + size - rank)]
        rank += len(rows)
        if kept:
            shown.append(Group(str(key), kept, len(rows)))
    return shown


def _chapter(one: Concern) -> str:
    return one.item.chapter if isinstance(one.item, Requirement) else ""


def conditions(page: Page, who: Who, reader: Reader, table: str, filters: Mapping[str, str]) -> list[Condition]:
    """Each condition of the sentence, so that one may be taken away when nothing is left."""
    said = {
        "actor": [whoever(page, who)] if who.addressees else [],
        "users": [USERS[one].to(page.language) for one in who.users],
        "region": [REGIONS[who.region]] if who.region else [],
        "date": [page.query("date")] if who.by else [],
        "force": [FORCES[who.force].to(page.language)] if who.force else [],
        "chapter": [reader.edition.chapter_by_id[one].title for one in who.chapters],
        "q": [who.text] if who.text else [],
    }
    return [
        Condition(words, _address(table, {other: value for other, value in filters.items() if other != name}))
        for name, found in said.items()
        for words in found
    ]


def whoever(page: Page, who: Who) -> str:
    """Who asks, in words; "" when nobody says."""
    if who.addressees == frozenset(PUBLISHERS):
        return page.text("choice.all")
    return ", ".join(ADDRESSEES[one].to(page.language) for one in Addressee if one in who.addressees)


def _address(path: str, parameters: Mapping[str, object]) -> str:
    kept = {name: str(value) for name, value in parameters.items() if value and (name, value) != ("page", 1)}
    return f"{path}?{urlencode(kept)}" if kept else path


async def show_card(page: Page, room: Room) -> Response:
    """One requirement, with its history across editions."""
    only(page)
    reader = await room.library.get(page.path("year"))
    one = requirement_of(reader, page.path("id"))
    chapter = reader.edition.chapter_by_id[one.chapter]
    rank = chapter.requirements.index(one)
    verified = one.verified.reference.partition("#") if one.verified and one.verified.reference else ("", "", "")
    return show(
        page,
        "requirement.html",
        reader,
        "requirements",
        one=one,
        chapter=chapter,
        proof=(room.library.modules.get(verified[0]), verified[2]),
        every_publisher=all(a in one.addressees for a in Addressee if a.is_publisher),
        modules=[(module, room.health[module.name]) for module in reader.modules(one.modules)],
        versions=history(await room.library.all(), one.id),
        previous=chapter.requirements[rank - 1] if rank else None,
        following=chapter.requirements[rank + 1] if rank + 1 < len(chapter.requirements) else None,
        consultation=room.library.running("support.consultation"),
    )


def requirement_of(reader: Reader, id: str) -> Requirement:
    """A requirement of the edition. Raises: Problem(NOT_FOUND) that says where they are listed."""
    found = reader.edition.requirement_by_id.get(id)
    if found is None:
        edition, table = reader.edition.id, f"{reader.path}/exigences"
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {edition} n'a pas d'exigence « {id} ». La page {table} les donne toutes.",
            f"Edition {edition} has no requirement “{id}”. The page {table} gives them all.",
        )
    return found


def history(readers: Sequence[Reader], id: str) -> list[Version]:
    """A requirement from edition to edition, the latest first, from the first that holds it on."""
    versions: list[Version] = []
    before: Requirement | None = None
    edition = ""
    for reader in sorted(readers, key=lambda reader: reader.edition.id):
        now = reader.edition.requirement_by_id.get(id)
        if now is None and before is None:
            continue
        changed = now is not None and before is not None and now.statement != before.statement
        wording = compare(before.statement, now.statement) if changed and now and before else None
        versions.append(Version(reader, now, wording, edition))
        before, edition = now, reader.edition.id
    return versions[::-1]
