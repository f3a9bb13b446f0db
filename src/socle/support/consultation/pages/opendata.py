"""`/concertation/<id>/donnees`: everything that is public, to take away, at any time, in constant memory."""

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from socle.kernel.pages import Page, only
from socle.support.consultation.actions import export_csv, export_json, statistics
from socle.support.consultation.pages.frame import Room, show
from socle.support.consultation.rules.exchange import EXPORTED

_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}


async def show_data(page: Page, room: Room) -> Response:
    """What the files hold, field by field."""
    only(page)
    return show(
        page,
        "data.html",
        room,
        "data",
        figures=await statistics(room.forum, room.consultation.id),
        fields=[(name, page.text(f"public.data.field_{name}")) for name in EXPORTED],
    )


async def give_csv(page: Page, room: Room) -> Response:
    """Contributions, a line each."""
    only(page)
    name = f"concertation-{room.consultation.id}.csv"
    return _streamed(export_csv(room.forum, room.consultation.id), name, "text/csv; charset=utf-8")


async def give_json(page: Page, room: Room) -> Response:
    """The consultation, its changes, its contributions with their arguments and files."""
    only(page)
    name = f"concertation-{room.consultation.id}.json"
    return _streamed(export_json(room.forum, room.consultation.id), name, "application/json")


def _streamed(chunks: AsyncIterator[bytes], name: str, media_type: str) -> Response:
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks, media_type=media_type, headers=headers)
