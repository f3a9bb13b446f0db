"""The page of the statuses: the diagram and the table it is drawn from."""

from starlette.responses import Response

from socle.foundations.ins.pages.diagram import TONES, arrows, drawing
from socle.kernel.pages import Page


async def show(page: Page) -> Response:
    """`/ins/statuts`: open to all, it shows no one's data."""
    picture = drawing(
        lambda statut: page.text(f"status.{statut.value}"),
        lambda event: page.text(f"event.{event.name}"),
        page.text("statuses.drawing"),
    )
    return page.render("statuses.html", drawing=picture, arrows=arrows(), tones=TONES)
