"""`/annuaire/imports`: the loads of the directory, under way and past; one load, with the lines that it left out."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from socle.foundations.people.actions import loads
from socle.foundations.people.permissions import IMPORT
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Page

TONES: Final = {"servi": "ok", "refuse": "refused", "abandonne": "unknown"}
UNDER_WAY: Final = ("lecture", "calcul", "construction", "bascule")


def show(house: House) -> Handler:
    """The list; a load under way says how far it is."""

    async def handle(page: Page) -> Response:
        found = await loads.loaded(house.database, by=page.actor)
        return page.render(
            "imports.html",
            loads=[told(one) for one in found],
            tones=TONES,
            may_import=page.may(IMPORT),
        )

    return handle


def one(house: House) -> Handler:
    """One load."""

    async def handle(page: Page) -> Response:
        page.require(IMPORT)
        text = page.path("lot")
        found = await loads.one(house.database, int(text), by=page.actor) if text.isdigit() and len(text) < 9 else None
        if found is None:
            raise Problem.of(Kind.NOT_FOUND, "Aucun lot ne porte ce numéro.", "No load has this number.")
        load, rejected = found
        return page.render("import.html", load=told(load), rejected=rejected, tones=TONES)

    return handle


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `lot` as the pages tell it: what it counts, its stage (0: over), how far this one is in hundredths."""
    boxes = row["origine"] == loads.MAILBOXES
    return {
        **row,
        "notes": orjson.loads(row["notes"]),
        "refus": orjson.loads(row["refus"]) if row["refus"] else [],
        "what": "mailboxes" if boxes else "persons",
        "stage": UNDER_WAY.index(row["etat"]) + 1 if row["etat"] in UNDER_WAY else 0,
        "gone_through": _gone_through(row, boxes=boxes),
    }


def _gone_through(row: Mapping[str, Any], *, boxes: bool) -> int | None:
    """How far the stage under way is, in hundredths; None when that is not known."""
    done, total = 0, 0
    if row["etat"] == "lecture" and row["fait"]:
        done, total = row["fait"], row["total"]
    elif row["etat"] == "construction" and not boxes:
        done, total = orjson.loads(row["point"]).get("persons", 0), row["crees"] + row["modifies"] + row["clos"]
    return min(100, 100 * done // total) if total else None
