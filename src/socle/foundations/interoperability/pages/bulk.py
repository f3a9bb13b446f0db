"""`/interoperability/masse`: how far each export and each import is, whoever asked for it, for an operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response

from socle.foundations.interoperability.actions import bulk as actions
from socle.foundations.interoperability.permissions import BULK
from socle.kernel.bulk import desk, files
from socle.kernel.module import House
from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.pages import Handler, Page, only

PATH: Final = "/interoperability/masse"
MOST: Final = 50
TONES: Final = {"waiting": "unknown", "running": "attention", "done": "ok", "failed": "refused"}
OPEN: Final = frozenset({"waiting", "running"})


@dataclass(frozen=True, slots=True)
class Row:
    """An export or an import as the page shows it.

    what          the address that was asked, without its query: it may name persons
    share         hundredths done
    resources     written (export) or stored (import), None before the end
    rejected      lines of an import that were left out
    refused       an import refused as a whole
    why           what made it fail
    """

    id: str
    kind: str
    what: str
    who: str
    at: datetime
    state: str
    share: int
    resources: int | None
    rejected: int
    refused: bool
    finished: datetime | None
    why: tuple[Issue, ...]


def show(house: House) -> Handler:
    """The page."""

    async def handle(page: Page) -> Response:
        only(page)
        page.require(BULK)
        rows = [row_of(asked) for asked in await desk.recent(house.database, MOST)]
        rows.sort(key=lambda row: row.state not in OPEN)  # stable: what is under way, then the newest
        return page.render("bulk.html", rows=rows, tones=TONES, open=OPEN, most=MOST)

    return handle


def cancel(house: House) -> Handler:
    """The button of the page: stop a work that is under way."""

    async def handle(page: Page) -> Response:
        ground = page.require(BULK)
        id = (await page.form()).get("demande")
        asked = await desk.find(house.database, id) if files.ID.fullmatch(id) else None
        if asked is None or asked.state not in OPEN:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Cet export ou cet import n'est plus en cours : revenez à la page.",
                "This export or import is no longer under way: go back to the page.",
            )
        await actions.cancel(house, asked, page.trace(asked.register, f"{asked.kind}:cancel", ground))
        return page.redirect(PATH, done="bulk.cancelled")

    return handle


def row_of(asked: desk.Asked) -> Row:
    """What the page shows of a request."""
    result = asked.result or {}
    counts = result.get("extension", {})
    resources: int | None = None
    if asked.state == "done":
        resources = counts["stored"] if asked.kind == "import" else sum(count for *_, count in result["output"])
    return Row(
        asked.id,
        asked.kind,
        urlsplit(asked.url).path,
        asked.trace.name or asked.owner,
        asked.trace.at,
        asked.state,
        asked.share,
        resources,
        counts.get("rejected", 0),
        bool(counts.get("refused", False)),
        asked.finished,
        desk.problem_of(asked).issues if asked.state == "failed" else (),
    )
