"""What loads did: the list, one with its faults and its differences, the same as CSV."""

import csv
import io
from typing import Final

from starlette.responses import Response

from socle.foundations.structures import actions
from socle.foundations.structures.pages.card import differences, missing
from socle.foundations.structures.permissions import READ
from socle.kernel.module import House
from socle.kernel.pages import Column, Handler, Listing, Page, one_of, only, page_number

SIZE: Final = 100
MOST: Final = 100_000  # lines of the CSV
EVENTS: Final = ("created", "changed", "closed", "reopened", "removed")
WHAT: Final = ("structures", "rattachements")


def show_list(house: House) -> Handler:
    """Loads, the last one first."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page)
        return page.render("loads.html", loads=await actions.loads(house.database, by=page.actor), events=EVENTS)

    return handle


def show_one(house: House) -> Handler:
    """One load: counts, faults, differences."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "quoi", "changement", "page")
        id = int(page.path("id"))
        event = one_of(page, "changement", EVENTS)
        what = one_of(page, "quoi", WHAT, "structures")
        number = page_number(page.query("page"))
        one = await actions.load(house.database, id, by=page.actor)
        if one is None:
            raise missing()
        changes, total = await actions.changes(
            house.database,
            id,
            event=event,
            whole=what == "structures",
            offset=(number - 1) * SIZE,
            count=SIZE,
            by=page.actor,
        )
        filters = {name: page.query(name) for name in ("quoi", "changement") if page.query(name)}
        view = Listing(
            f"/structures/imports/{id}",
            [
                Column("event", page.text("load.event")),
                Column("name", page.text("list.name")),
                Column("fields", page.text("load.fields")),
            ],
            [(change, differences(page, change)) for change in changes],
            total,
            number,
            SIZE,
            filters=filters,
            export=page.here(page="").replace(f"/imports/{id}", f"/imports/{id}/export.csv", 1),
            caption=page.text("load.differences"),
        )
        return page.render(
            "load.html",
            one=one,
            faults=await actions.faults(house.database, id, by=page.actor),
            view=view,
            event=event,
            what=what,
            events=[(name, page.text(f"event.{name}")) for name in EVENTS],
            whats=[(name, page.text(f"what.{name}")) for name in WHAT],
        )

    return handle


def export(house: House) -> Handler:
    """The differences of a load, one field a line."""

    async def handle(page: Page) -> Response:
        page.require(READ)
        only(page, "quoi", "changement")
        id = int(page.path("id"))
        event = one_of(page, "changement", EVENTS)
        what = one_of(page, "quoi", WHAT, "structures")
        if await actions.load(house.database, id, by=page.actor) is None:
            raise missing()
        changes, _ = await actions.changes(
            house.database, id, event=event, whole=what == "structures", count=MOST, by=page.actor
        )
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["finess", "nom", "changement", "champ", "avant", "apres"])
        for change in changes:
            for name in sorted({*change.before, *change.after}) or [""]:
                writer.writerow(
                    [
                        change.numero,
                        _plain(change.name),
                        change.event,
                        name,
                        _plain(change.before.get(name, "")),
                        _plain(change.after.get(name, "")),
                    ]
                )
        return page.download(out.getvalue(), f"finess-chargement-{id}.csv", "text/csv; charset=utf-8")

    return handle


def _plain(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text[:1] else text
