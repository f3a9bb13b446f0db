"""`/ins`: the desk. Search, list, filter, export."""

from starlette.responses import Response

from socle.foundations.ins.actions.lists import Filter, page_of
from socle.foundations.ins.model import Attribut, StatutIdentite
from socle.foundations.ins.pages.diagram import TONES
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.rows import as_csv, row_of
from socle.foundations.ins.permissions import READ, WRITE
from socle.kernel.pages import Column, Listing, Page, page_number

SIZE = 50
EXPORTED = 10_000  # lines of a file; each five hundred leave their trace
_SORTS = ("name", "-name", "birth", "-birth", "updated", "-updated")


def _wanted(page: Page) -> Filter:
    status, attribute = page.query("statut"), page.query("attribut")
    return Filter(
        text=page.query("q"),
        codes=[StatutIdentite(status)] if status in StatutIdentite.__members__ else [],
        also=[Attribut(attribute)] if attribute in Attribut.__members__ else [],
        sort=page.query("sort") if page.query("sort") in _SORTS else "-updated",
    )


async def show(page: Page, counter: Counter) -> Response:
    """The desk."""
    page.require(READ)
    wanted, number = _wanted(page), page_number(page.query("page", "1"))
    found, total = await page_of(
        counter.desk,
        wanted,
        offset=(number - 1) * SIZE,
        count=SIZE,
        by=page.actor,
        trace=trace_of(page, "search-type"),
    )
    filters = {name: page.query(name) for name in ("q", "statut", "attribut")}
    view = Listing(
        path="/ins",
        columns=[
            Column("name", page.text("desk.column_name"), sortable=True),
            Column("birth", page.text("desk.column_birth"), sortable=True),
            Column("sex", page.text("trait.sex"), wide=True),
            Column("place", page.text("trait.birth_place"), wide=True),
            Column("status", page.text("desk.status")),
            Column("next", page.text("desk.column_next"), wide=True),
        ],
        rows=[row_of(page, dossier) for dossier in found],
        total=total,
        page=number,
        size=SIZE,
        sort=page.query("sort") if page.query("sort") in _SORTS else "",
        filters=filters,
        export=page.here(page="").replace("/ins", "/ins/export.csv", 1),
        caption=page.text("desk.caption"),
    )
    return page.render(
        "desk.html",
        view=view,
        words=filters["q"],
        chosen=filters["statut"],
        attribute=filters["attribut"],
        status_options=[(s.value, page.text(f"short.{s.value}")) for s in StatutIdentite],
        attribute_options=[(a.value, page.text(f"attribute.{a.value}")) for a in Attribut],
        tones=TONES,
        may_write=page.may(WRITE),
    )


async def export(page: Page, counter: Counter) -> Response:
    """The same list as a file."""
    page.require(READ)
    return await exported(page, counter, _wanted(page), "identites.csv")


async def exported(page: Page, counter: Counter, wanted: Filter, name: str) -> Response:
    """A list as CSV, read by chunks so that each leaves a trace of a reasonable size."""
    dossiers = []
    for offset in range(0, EXPORTED, 500):
        found, _ = await page_of(
            counter.desk, wanted, offset=offset, count=500, by=page.actor, trace=trace_of(page, "export")
        )
        dossiers += found
        if len(found) < 500:
            break
    return page.download(as_csv(page, dossiers), name, "text/csv; charset=utf-8")
