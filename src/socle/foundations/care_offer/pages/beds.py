"""The board of beds: tiles by territory, the places of one, a CSV of them. Nothing here needs a script; it prints."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from socle.foundations.care_offer.actions import reading
from socle.foundations.care_offer.pages import words
from socle.foundations.care_offer.permissions import PUBLIC, REGISTER, TENSION
from socle.foundations.care_offer.rules.capacities import Fraicheur
from socle.foundations.care_offer.store.board import Wanted
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.kernel.module import House
from socle.kernel.pages import Form, Handler, Page
from socle.kernel.pages.asking import one_of, only

FUNCTIONS: Final = ("001", "002", "003", "004")
KINDS: Final = ("01", "02")
TONES: Final = {
    Fraicheur.FRAIS: "ok",
    Fraicheur.A_RAFRAICHIR: "attention",
    Fraicheur.PERIME: "refused",
    Fraicheur.INCONNU: "unknown",
}


def _wanted(page: Page) -> Wanted:
    only(page, "territoire", "fonction", "nature")
    return Wanted(
        one_of(page, "territoire", words.regions()), one_of(page, "fonction", FUNCTIONS), one_of(page, "nature", KINDS)
    )


def _sums(tiles: Sequence[reading.Tile]) -> dict[str, int]:
    """What the tiles count together: beds by status, places, those that are late."""
    beds = {code: sum(tile.beds[code] for tile in tiles) for code in reading.STATUSES}
    return {**beds, "places": sum(tile.places for tile in tiles), "late": sum(tile.late for tile in tiles)}


def board(house: House) -> Handler:
    """`/offre/lits?territoire=…&fonction=…&nature=…`."""

    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        wanted = _wanted(page)
        repository = house.repositories[REGISTER]
        await COMMUNES.refresh(house.database, page.now)
        tiles = await reading.tiles(repository, Wanted("", wanted.function, wanted.kind), by=page.actor, now=page.now)
        wards = await reading.wards(repository, wanted, by=page.actor, now=page.now) if wanted.territory else []
        return page.render(
            "beds.html",
            form=Form({name: [page.query(name)] for name in ("territoire", "fonction", "nature")}),
            tiles=tiles,
            wards=wards,
            sums=_sums(tiles),
            wanted=wanted,
            words=words,
            tones=TONES,
            town=COMMUNES.name,
            regions=list(words.regions().items()),
            functions=[(one, page.text(f"function.{one}")) for one in FUNCTIONS],
            kinds=[(one, page.text(f"kind.{one}")) for one in KINDS],
            statuses=[(code, page.text(f"status.{code}")) for code in reading.STATUSES],
            export=page.here().replace("/offre/lits", "/offre/lits/export.csv", 1),
            may_declare=page.may(TENSION),
        )

    return handle


def export(house: House) -> Handler:
    """The same places as a table for a spreadsheet."""

    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        wanted = _wanted(page)
        wards = await reading.wards(house.repositories[REGISTER], wanted, by=page.actor, now=page.now)
        out = io.StringIO()
        table = csv.writer(out, delimiter=";", lineterminator="\r\n")
        table.writerow(
            ["lieu", "nom", "commune", "compte_le", "fraicheur", *(page.text(f"status.{c}") for c in reading.STATUSES)]
        )
        for ward in wards:
            beds = ["" if ward.beds[code] is None else ward.beds[code] for code in reading.STATUSES]
            name = f"'{ward.name}" if ward.name[:1] in "=+-@" else ward.name  # not a formula
            table.writerow(
                [
                    ward.location,
                    name,
                    ward.commune,
                    ward.updated.isoformat(timespec="seconds"),
                    ward.freshness.value,
                    *beds,
                ]
            )
        return page.download("\ufeff" + out.getvalue(), "lits.csv", "text/csv; charset=utf-8")

    return handle
