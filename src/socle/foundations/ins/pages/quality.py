"""`/ins/qualite`: the quality board. Share of each status, and the queues of what remains to be done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from starlette.responses import Response

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Quality
from socle.foundations.ins.actions.lists import Filter, page_of
from socle.foundations.ins.model import Attribut, StatutIdentite
from socle.foundations.ins.pages.desk import exported
from socle.foundations.ins.pages.diagram import TONES
from socle.foundations.ins.pages.handlers import Counter, trace_of
from socle.foundations.ins.pages.rows import row_of
from socle.foundations.ins.permissions import READ
from socle.foundations.ins.rules.conseil import REVERIFICATION
from socle.kernel.pages import Column, Listing, Page, Slice, bars, page_number, share

SIZE = 50
_SORTS = ("name", "-name", "birth", "-birth", "updated", "-updated")
_FORCED = (Attribut.DOUT, Attribut.FICT)

# What waits for somebody, in the order in which it should be done; the oldest change first.
QUEUES: Mapping[str, Filter] = MappingProxyType(
    {
        "doute": Filter(codes=[Attribut.DOUT]),
        "piece": Filter(codes=[StatutIdentite.RECUP]),
        "insi": Filter(codes=[StatutIdentite.VALI]),
        "qualifier": Filter(codes=[StatutIdentite.PROV], without=_FORCED),
        "verifier": Filter(),
        "homonyme": Filter(codes=[Attribut.HOMA]),
    }
)
_EVERY = Filter(codes=[StatutIdentite.PROV, StatutIdentite.RECUP, StatutIdentite.VALI], without=[Attribut.FICT])


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and how many wait in it."""

    code: str
    count: int


def _wanted(page: Page) -> Filter:
    chosen = page.query("file")
    wanted = QUEUES.get(chosen, _EVERY)
    if chosen == "verifier":
        wanted = replace(wanted, confirmed_before=page.now - REVERIFICATION)
    sort = page.query("sort") if page.query("sort") in _SORTS else "updated"
    return replace(wanted, text=page.query("q"), sort=sort)


async def show(page: Page, counter: Counter) -> Response:
    """The board."""
    page.require(READ)
    quality = await actions.statistics(counter.desk, by=page.actor, trace=trace_of(page, "quality"))
    number = page_number(page.query("page", "1"))
    found, total = await page_of(
        counter.desk,
        _wanted(page),
        offset=(number - 1) * SIZE,
        count=SIZE,
        by=page.actor,
        trace=trace_of(page, "queue"),
    )
    chosen = page.query("file") if page.query("file") in QUEUES else ""
    view = Listing(
        path="/ins/qualite",
        columns=[
            Column("name", page.text("desk.column_name"), sortable=True),
            Column("birth", page.text("desk.column_birth"), sortable=True),
            Column("status", page.text("desk.status")),
            Column("next", page.text("desk.column_next"), wide=True),
            Column("updated", page.text("desk.column_changed"), sortable=True, wide=True),
        ],
        rows=[row_of(page, dossier) for dossier in found],
        total=total,
        page=number,
        size=SIZE,
        sort=page.query("sort") if page.query("sort") in _SORTS else "",
        filters={"file": chosen, "q": page.query("q")},
        export=page.here(page="").replace("/ins/qualite", "/ins/qualite.csv", 1),
        caption=page.text("quality.caption"),
    )
    slices = [Slice(page.text(f"status.{s.value}"), quality.statuts[s], TONES[s]) for s in StatutIdentite]
    return page.render(
        "quality.html",
        view=view,
        chosen=chosen,
        words=page.query("q"),
        total=quality.total,
        share=share(quality.statuts[StatutIdentite.QUAL], quality.total, page.language),
        status_bars=bars(slices, page.text("quality.statuses"), page.language),
        status_rows=[(s.label, s.value, share(s.value, quality.total, page.language)) for s in slices],
        queues=[Queue(code, waiting(quality)[code]) for code in QUEUES],
        queue_options=[(code, page.text(f"queue.{code}")) for code in QUEUES],
        tones=TONES,
    )


def waiting(quality: Quality) -> dict[str, int]:
    """How many wait in each queue. A doubtful or fictitious identity is provisional, and waits elsewhere or nowhere."""
    forced = sum(quality.attributs[attribut] for attribut in _FORCED)
    return {
        "doute": quality.attributs[Attribut.DOUT],
        "piece": quality.statuts[StatutIdentite.RECUP],
        "insi": quality.statuts[StatutIdentite.VALI],
        "qualifier": max(0, quality.statuts[StatutIdentite.PROV] - forced),
        "verifier": quality.to_verify,
        "homonyme": quality.attributs[Attribut.HOMA],
    }


async def export(page: Page, counter: Counter) -> Response:
    """The queue as a file."""
    page.require(READ)
    return await exported(page, counter, _wanted(page), "file-de-travail.csv")
