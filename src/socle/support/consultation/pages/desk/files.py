"""Contributions in and out as CSV: checked whole before anything is written, exported at any time."""

from typing import Final

from starlette.responses import Response, StreamingResponse

from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions.exchange import export_csv, import_csv
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.previews import preview_csv
from socle.support.consultation.pages.desk.shell import ROOT, room_named, show, trace_of
from socle.support.consultation.pages.frame import Room
from socle.support.consultation.rules.exchange import IMPORTED, LARGEST, NEEDED, Row

CARRIED: Final = 300_000  # characters that the preview carries, so that the file need not be chosen again
SHOWN: Final = 20  # rows of a preview


async def show_files(page: Page, forum: Forum) -> Response:
    """The form, and what a file must look like."""
    only(page)
    return _shown(page, await room_named(page, forum), Form())


async def receive_import(page: Page, forum: Forum) -> Response:
    """Check a file, or import it: all of its rows or none, each fault with its line."""
    room = await room_named(page, forum)
    form = await page.form(most_bytes=LARGEST + 100_000)
    content = await page.file("fichier")
    await page.request.close()  # what was uploaded is in memory now
    if content is None and form.get("contenu"):
        content = (form.values["contenu"][0]).encode()
    if content is None:
        form.fail("fichier", "Choisissez un fichier CSV.", "Choose a CSV file.")
        return _shown(page, room, form, status=422)
    trace = trace_of(page, "import")
    id = room.consultation.id
    try:
        if form.get("faire") != "importer":
            rows = await preview_csv(forum, id, content, by=page.actor, trace=trace)
            return _shown(page, room, form, rows=rows, carried=_carried(content))
        done = await import_csv(forum, id, content, by=page.actor, trace=trace)
    except Problem as problem:
        if problem.kind not in (Kind.INVALID, Kind.TOO_LARGE, Kind.RULE_VIOLATED, Kind.MALFORMED):
            raise
        return _shown(page, room, form, faults=problem.issues, status=problem.kind.status)
    return page.redirect(f"{ROOT}/{id}", done="desk.imported", count=done.filed, known=done.known)


async def export(page: Page, forum: Forum) -> Response:
    """Every contribution of the consultation, as CSV, in constant memory."""
    room = await room_named(page, forum)
    name = f"concertation-{room.consultation.id}.csv"
    headers = {**page.download(b"", name, "text/csv").headers}
    headers.pop("content-length", None)
    return StreamingResponse(
        export_csv(forum, room.consultation.id), media_type="text/csv; charset=utf-8", headers=headers
    )


def _carried(content: bytes) -> str:
    text = content.decode("utf-8-sig", "replace")
    return text if len(text) <= CARRIED else ""


def _shown(
    page: Page,
    room: Room,
    form: Form,
    *,
    rows: tuple[Row, ...] | None = None,
    faults: tuple[Issue, ...] = (),
    carried: str = "",
    status: int = 200,
) -> Response:
    return show(
        page,
        "files.html",
        room,
        "files",
        status=status,
        form=form,
        rows=rows,
        sample=rows[:SHOWN] if rows else (),
        faults=faults,
        carried=carried,
        columns=IMPORTED,
        needed=NEEDED,
    )
